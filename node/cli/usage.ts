import type { Command, CommandOption } from './command.js'

const inAny: readonly CommandOption[] = [
  { name: 'help', about: 'how a command is used' },
  { name: 'version', about: 'the version' },
]

/** What `bronnet help` says; with a group only of the commands that begin with that word. */
export function usageOf(all: readonly Command[], group?: string): string {
  const commands = group === undefined ? all : all.filter(({ name }) => name.startsWith(`${group} `))
  const summaries = commands.map(({ name, summary }) => ({ left: name, right: summary }))
  return [
    'Usage: bronnet <command> [options]',
    '',
    'Commands',
    ...inColumns(summaries),
    '',
    'Options',
    ...inColumns(inAny.map(toColumns)),
    '',
    'bronnet help <command> tells its options and gives examples; bronnet help <word> lists the commands that',
    'begin with it. Every setting can also be given as an environment variable, for example',
    'BRONNET_HTTP_PUBLIC_PORT for http.public.port.',
  ].join('\n')
}

/** What `bronnet help <command>` says. */
export function usageOfCommand({ name, summary, operands = [], furtherOperands, options, examples }: Command): string {
  const own = options.filter(({ toldBy }) => toldBy === undefined)
  const elsewhere = new Set(options.flatMap(({ toldBy }) => toldBy ?? []))
  const further = furtherOperands === undefined ? [] : [`[${furtherOperands} …]`]
  const words = ['bronnet', name, ...operands, ...further, ...(options.length === 0 ? [] : ['[options]'])]
  return [
    `Usage: ${words.join(' ')}`,
    '',
    `${summary}.`,
    ...(own.length === 0 ? [] : ['', 'Options', ...inColumns(own.map(toColumns))]),
    ...[...elsewhere].map((other) => `\nOptions to sign in, where the node asks who calls: bronnet help ${other}`),
    ...(examples.length === 0 ? [] : ['', 'Examples', ...examples.map((example) => `  ${example}`)]),
  ].join('\n')
}

function toColumns({ name, value, about, required, variable }: CommandOption): Columns {
  return {
    left: `--${name}${value === undefined ? '' : ` ${value}`}`,
    right: `${about}${required === true ? ' (required)' : ''}${variable === undefined ? '' : ` (or ${variable})`}`,
  }
}

interface Columns {
  readonly left: string
  readonly right: string
}

function inColumns(rows: readonly Columns[]): readonly string[] {
  const width = Math.max(...rows.map(({ left }) => left.length))
  return rows.map(({ left, right }) => `  ${left.padEnd(width)}   ${right}`)
}
