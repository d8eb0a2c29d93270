import { describe, expect, test } from '@jest/globals'
import { parseArguments, type Request } from '../../../node/cli/arguments.js'
import { configOption, type Command } from '../../../node/cli/command.js'
import { usageOf, usageOfCommand } from '../../../node/cli/usage.js'

const run = (): Promise<number> => Promise.resolve(0)
const start: Command = { name: 'start', summary: 'start it', options: [configOption], examples: [], run }
const show: Command = {
  name: 'thing show',
  summary: 'show one',
  operands: ['ID'],
  options: [
    { name: 'colour', value: 'NAME', about: 'its colour', required: true },
    { name: 'with', value: 'PART', about: 'what with', repeated: true },
    { name: 'json', about: 'print JSON' },
  ],
  examples: ['bronnet thing show 1 --colour red'],
  run,
}
const list: Command = { name: 'thing list', summary: 'show all', options: [], examples: [], run }
const commands = [start, show, list]

function parse(words: string): Request {
  return parseArguments(commands, words === '' ? [] : words.split(' '))
}

describe('the words behind bronnet', () => {
  test.each([
    ['start', undefined],
    ['start --config a.yaml', 'a.yaml'],
    ['start --config=a.yaml', 'a.yaml'],
    ['--config a.yaml start', 'a.yaml'],
  ])('%s runs the command', (words, config) => {
    const request = parse(words)
    expect(request).toMatchObject({ kind: 'run', command: start })
    expect(request.kind === 'run' && request.given.value('config')).toBe(config)
  })

  test('give a command of two words its operands and options', () => {
    const request = parse('thing show 7 --colour red --with a --with b --json')
    if (request.kind !== 'run') throw new Error('not run')
    const { given } = request
    expect(request.command).toBe(show)
    expect(given.operands).toEqual(['7'])
    expect(given.value('colour')).toBe('red')
    expect(given.values('with')).toEqual(['a', 'b'])
    expect([given.has('json'), given.has('with'), given.has('config')]).toEqual([true, true, false])
  })

  test.each([
    ['help', undefined],
    ['--help', undefined],
    ['-h', undefined],
    ['help start', start],
    ['start --help', start],
    ['thing show --help', show],
    ['help thing show', show],
  ])('%s asks for help', (words, command) => {
    expect(parse(words)).toEqual({ kind: 'help', command })
  })

  test.each(['help thing', 'thing --help', 'help thing lost'])('%s asks for help with a group of commands', (words) => {
    expect(parse(words)).toEqual({ kind: 'help', command: undefined, group: 'thing' })
    expect(usageOf(commands, 'thing')).toMatch(/^ {2}thing show /m)
    expect(usageOf(commands, 'thing')).not.toMatch(/^ {2}start /m)
  })

  test.each(['version', '--version', 'start --version'])('%s asks for the version', (words) => {
    expect(parse(words)).toEqual({ kind: 'version' })
  })

  test.each([
    ['', 'give a command', undefined],
    ['begin', 'there is no command begin', undefined],
    ['help begin', 'there is no command begin', undefined],
    ['strat', 'there is no command strat; did you mean start?', undefined],
    ['thingg', 'there is no command thingg; did you mean thing?', undefined],
    ['thng show', 'there is no command thng show; did you mean thing show?', undefined],
    ['Start', 'there is no command Start; did you mean start?', undefined],
    ['__proto__', 'there is no command __proto__', undefined],
    ['thing', 'say thing show, thing list', undefined],
    ['thing lost', 'there is no command thing lost; say thing show, thing list', undefined],
    ['start stop', 'one command at a time: stop is too much', start],
    ['start a b', 'one command at a time: a b is too much', start],
    ['start --config', 'give FILE behind --config', start],
    ['start --config=', 'give FILE behind --config', start],
    [
      'start --config --version',
      'give FILE behind --config; one that begins with a dash is written --config=-…',
      start,
    ],
    ['start --config -x', 'give FILE behind --config; one that begins with a dash is written --config=-…', start],
    ['--config', 'give FILE behind --config', undefined],
    ['thing show 1 --json=yes', '--json takes no value', show],
    ['start --toString', 'start has no option --toString', start],
    ['start --__proto__', 'start has no option --__proto__', start],
    ['start --config a --config b', 'give --config once', start],
    ['start --port 1', 'start has no option --port', start],
    ['start --confg=a.yaml', 'start has no option --confg; did you mean --config?', start],
    ['thing show 1 --color red', 'thing show has no option --color; did you mean --colour?', show],
    ['--colur red thing show 1', 'no command has an option --colur; did you mean --colour?', undefined],
    ['start -p', 'start has no option -p', start],
    ['start --json', 'start has no option --json', start],
    ['start --help=yes', '--help takes no value', start],
    ['-h=yes', expect.stringMatching(/^no command has an option -/), undefined],
    ['thing show --colour red', 'thing show needs ID', show],
    ['thing show 1', 'thing show needs --colour', show],
    ['thing show 1 2 --colour red', 'thing show takes ID: 2 is too much', show],
  ])('%p is a mistake', (words, fault, command) => {
    expect(parse(words)).toEqual({ kind: 'mistake', fault, command })
  })

  test('a mistake is told in one line', () => {
    const request = parse('start --port 1')
    expect(request.kind === 'mistake' ? request.fault : '').toMatch(/^[^\n]+$/)
  })
})

describe('the help', () => {
  test('has a line for every command', () => {
    for (const { name, summary } of commands) {
      expect(usageOf(commands)).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
    }
  })

  test('of a command names its words, options and examples', () => {
    const text = usageOfCommand(show)
    expect(text).toContain('Usage: bronnet thing show ID [options]')
    expect(text).toMatch(/^ {2}--colour NAME +its colour \(required\)$/m)
    expect(text).toMatch(/^ {2}--json +print JSON$/m)
    expect(text).toContain('  bronnet thing show 1 --colour red')
  })
})
