#!/usr/bin/perl
# A script in the manner of VICIdial's: bare lines to the standard output, replies read at once,
# variables set by the application Exec, silence played to stop music, a place to go on at the end.
use strict;
use warnings;

$| = 1;
my %agi;
while (<STDIN>) {
    chomp;
    last unless length($_);
    $agi{$1} = $2 if /^agi_(\w+):\s+(.*)$/;
}

my @results;

sub command {
    my ($line) = @_;
    print "$line\n";
    my $reply = <STDIN>;
    $reply = '<EOF>' unless defined $reply;
    chomp $reply;
    if ($reply =~ /^520-/) {
        my $more = '';
        $more = <STDIN> until !defined $more || $more =~ /^520 /;
        $reply = '520';
    }
    $reply =~ s/ endpos=\d+$//;
    push @results, $reply;
    return $reply;
}

command('CHANNEL STATUS');
command('ANSWER');
command('STREAM FILE sip-silence ""');
command('STREAM FILE sip-silence ""');
command('EXEC EXEC Set(_campaign=TEST)');
command('EXEC EXEC Set(__lead=4711)');
command('GET VARIABLE campaign');
command('GET VARIABLE lead');
command('SET CALLERID "V1234567890" <5550100>');
command('GET VARIABLE CALLERID(name)');
command('STREAM FILE hello ""');
command('GET DATA hello 300 1');
command('WAIT FOR DIGIT 200') for 1 .. 2;
command('SAY DIGITS 42 ""');
command('EXEC UserEvent "Custom,Lead: 4711"');
command('CHANNEL STATUS') for 1 .. 3;
command('SET VARIABLE DIALSTATUS CHANUNAVAIL');
command('GET VARIABLE DIALSTATUS');
command('GET VARIABLE HANGUPCAUSE');
command('SET CONTEXT default');
command('SET EXTENSION 8600051');
command('SET PRIORITY 1');
push @results, join(',', map { $agi{$_} // 'undef' } qw(callerid calleridname priority arg_1));
my $text = join(';', @results);
$text =~ s/"/'/g;
command("DATABASE PUT peers vicidial \"$text\"");
