<?php
// A script in the manner of phpagi: reads the environment, sends a line, takes the reply apart into
// code, result and data, and goes on where a reply has several lines.

$request = [];
while (($line = fgets(STDIN)) !== false && trim($line) !== '') {
    [$key, $value] = explode(':', $line, 2);
    $request[$key] = trim($value);
}

function evaluate(string $command): array
{
    fwrite(STDOUT, trim($command) . "\n");
    fflush(STDOUT);
    $tries = 0;
    do {
        $line = trim((string) fgets(STDIN, 4096));
    } while ($line === '' && $tries++ < 5);
    $reply = ['code' => substr($line, 0, 3), 'result' => null, 'data' => ''];
    $rest = trim(substr($line, 3));
    if ($reply['code'] !== '200') {
        if (str_starts_with($rest, '-')) {
            while (substr($next = (string) fgets(STDIN, 4096), 0, 3) !== $reply['code']) {
                $rest .= $next === '' ? '<EOF>' : '';
            }
        }
        return $reply;
    }
    foreach (explode(' ', $rest) as $token) {
        if (preg_match('/^(\w+)=(.*)$/', $token, $found)) {
            $reply[$found[1]] = $found[2];
        } else {
            $reply['data'] = trim($reply['data'] . ' ' . trim($token, '()'));
        }
    }
    unset($reply['endpos']);
    return $reply;
}

$commands = [
    'ANSWER',
    'CHANNEL STATUS ' . $request['agi_channel'],
    'STREAM FILE hello "123"',
    'STREAM FILE nosuch "123"',
    'GET DATA hello 300 4',
    'SAY DIGITS 12 ""',
    'SAY NUMBER 12 ""',
    'SAY TIME 1000000000 "#"',
    'SET VARIABLE a "two words"',
    'GET VARIABLE a',
    'GET VARIABLE nothing',
    'GET VARIABLE CALLERID(num)',
    'SET CALLERID 555',
    'GET VARIABLE CALLERID(num)',
    'DATABASE PUT peer key "two words"',
    'DATABASE GET peer key',
    'DATABASE DEL peer key',
    'DATABASE GET peer key',
    'EXEC Wait 0.1',
    'EXEC Nosuch x',
    'VERBOSE "hello there" 3',
    'WAIT FOR DIGIT 200',
    'SET CONTEXT agi',
    'SET EXTENSION 100',
    'SET PRIORITY 1',
    'SAY DIGITS x ""',
    'NOSUCH COMMAND',
    'NOOP',
];
$results = array_map(
    fn (string $one): string => implode('/', array_map('strval', evaluate($one))),
    $commands,
);
$results[] = implode(',', [$request['agi_arg_1'], $request['agi_arg_2'], count($request)]);
evaluate('DATABASE PUT peers phpagi "' . implode(';', $results) . '"');
