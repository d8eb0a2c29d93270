import { describe, expect, test } from '@jest/globals'
import { parseArguments, usage, type Command } from '../../../node/cli/arguments.js'

describe('the words behind bronnet', () => {
  test.each<[string, Command]>([
    ['start', { name: 'start', configFile: undefined }],
    ['start --config a.yaml', { name: 'start', configFile: 'a.yaml' }],
    ['start --config=a.yaml', { name: 'start', configFile: 'a.yaml' }],
    ['--config a.yaml start', { name: 'start', configFile: 'a.yaml' }],
    ['check-config', { name: 'check', configFile: undefined }],
    ['check-config --config a.yaml', { name: 'check', configFile: 'a.yaml' }],
    ['help', { name: 'help' }],
    ['--help', { name: 'help' }],
    ['-h', { name: 'help' }],
    ['start --help', { name: 'help' }],
    ['help start', { name: 'help' }],
    ['version', { name: 'version' }],
    ['--version', { name: 'version' }],
    ['start --version', { name: 'version' }],
  ])('%s', (words, command) => {
    expect(parseArguments(words.split(' '))).toEqual(command)
  })

  test.each([
    ['', 'give a command'],
    ['begin', 'there is no command begin'],
    ['Start', 'there is no command Start'],
    ['start stop', 'one command at a time: stop is too much'],
    ['start a b', 'one command at a time: a b is too much'],
    ['start --config', expect.stringContaining('--config')],
    ['start --config=', 'name a file behind --config'],
    ['start --config --version', expect.stringContaining('--config')],
    ['start --port 1', expect.stringContaining('--port')],
    ['start -p', expect.stringContaining('-p')],
    ['start --help=yes', expect.stringContaining('--help')],
    ['__proto__', 'there is no command __proto__'],
  ])('%p is a mistake', (words, fault) => {
    expect(parseArguments(words === '' ? [] : words.split(' '))).toEqual({ name: 'mistake', fault })
  })

  test('a mistake is told in one line', () => {
    const command = parseArguments(['start', '--port', '1'])
    expect(command.name === 'mistake' ? command.fault : '').toMatch(/^[^\n]+$/)
  })

  test('every command is in the usage text', () => {
    for (const name of ['start', 'check-config', 'help', 'version']) expect(usage).toContain(`\n  ${name} `)
  })
})
