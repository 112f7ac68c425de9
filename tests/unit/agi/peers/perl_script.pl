#!/usr/bin/perl
# A script with Perl's Asterisk::AGI, as VICIdial's are.
use strict;
use warnings;
use Asterisk::AGI;

my $agi = Asterisk::AGI->new();
my %input = $agi->ReadParse();
my @results;

sub outcome {
    my $value = shift;
    push @results, defined $value ? $value : 'undef';
}

outcome($agi->answer());
outcome($agi->channel_status());
outcome($agi->stream_file('hello', '12'));
outcome($agi->stream_file('nosuch', '12'));
outcome($agi->get_data('hello', 300, 4));
outcome($agi->get_option('hello', '12', 200));
outcome($agi->wait_for_digit(200));
outcome($agi->say_number(12));
outcome($agi->say_digits('012'));
outcome($agi->say_alpha('abc'));
outcome($agi->say_time(1_000_000_000));
outcome($agi->set_variable('a', 'two words'));
outcome($agi->get_variable('a'));
outcome($agi->get_variable('nothing'));
outcome($agi->database_put('peer', 'key', 'word'));
outcome($agi->database_get('peer', 'key'));
outcome($agi->database_del('peer', 'key'));
outcome($agi->set_callerid('"Bob" <555>'));
outcome($agi->get_variable('CALLERID(name)'));
outcome($agi->verbose('hello', 1));
outcome($agi->exec('EXEC Set(_inherited=1)'));
outcome($agi->get_variable('inherited'));
outcome($agi->exec('NoOp', 'x'));
outcome($agi->noop());
outcome($agi->set_context('c'));
outcome($agi->set_extension('1'));
outcome($agi->set_priority(1));
outcome(join ',', sort keys %input);
$agi->database_put('peers', 'perl', '"' . join(';', @results) . '"');
