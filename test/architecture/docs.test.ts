import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { createCommands } from '../../node/cli/commands.js'
import { configurationFields } from '../../schemas/configuration-fields.js'

const rooms = readdirSync('node', { withFileTypes: true }).filter((entry) => entry.isDirectory())

describe('the README of a room', () => {
  test.each(rooms)('$name has one of at most 20 lines', ({ name }) => {
    const path = `node/${name}/README.md`
    expect(existsSync(path)).toBe(true)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines[0]).toBe(`# ${name}`)
    expect(lines.length).toBeLessThanOrEqual(20)
  })
})

const unused = (): Promise<never> => Promise.reject(new Error('unused'))
const commands = createCommands({ findConfiguration: unused, openStoreAt: unused, version: '0' })
const documents = ['README.md', ...readdirSync('docs').map((file) => join('docs', file))].map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}))

describe('the documents for people', () => {
  test.each(documents)('$path: its links lead somewhere', ({ path, text }) => {
    const targets = Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, target = '']) => target)
    expect(targets.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([])
  })

  test.each(documents)('$path: its commands and their options exist', ({ text }) => {
    const lines = Array.from(text.matchAll(/^bronnet (.*)$/gm), ([, words = '']) => words.replace(/\s#.*$/, ''))
    const known = ['start', 'check-config', 'health', 'help', 'version']
    for (const line of lines) {
      const command = commands.find(({ name }) => line === name || line.startsWith(`${name} `))
      expect([line, command !== undefined || known.includes(line.split(' ')[0] ?? '')]).toEqual([line, true])
      const options = Array.from(line.matchAll(/--([a-z-]+)/g), ([, option = '']) => option)
      expect(options.filter((name) => !command?.options.some((option) => option.name === name))).toEqual([])
    }
  })

  test('tell of every group of commands', () => {
    const texts = documents.map(({ text }) => text).join('\n')
    const groups = new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))
    expect([...groups].filter((group) => !texts.includes(`bronnet ${group}`))).toEqual([])
  })

  test.each(documents)('$path: the settings that it names exist', ({ text }) => {
    const groups = new Set(configurationFields.map(({ path }) => path.split('.')[0]))
    const paths = configurationFields.map(({ path }) => path)
    const named = Array.from(text.matchAll(/`([a-z]+(?:\.[a-zA-Z]+)+)`/g), ([, name = '']) => name)
    const settings = named.filter((name) => groups.has(name.split('.')[0] ?? ''))
    expect(settings.filter((name) => !paths.some((path) => path === name || path.startsWith(`${name}.`)))).toEqual([])
  })
})
