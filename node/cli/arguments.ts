import { parseArgs } from 'node:util'
import type { Command, CommandOption, Given } from './command.js'
import { didYouMean, findNearest } from './nearest.js'

/** What the words behind `bronnet` ask for. */
export type Request =
  | { readonly kind: 'run'; readonly command: Command; readonly given: Given }
  /** Of one command, of those of two words that begin so, or of all. */
  | { readonly kind: 'help'; readonly command: Command | undefined; readonly group?: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'mistake'; readonly fault: string; readonly command: Command | undefined }

type Values = Readonly<Record<string, readonly (string | boolean)[] | undefined>>

/** Reads the words behind `bronnet`. Total: what it does not know is a `mistake` that says what, in one line. */
export function parseArguments(
  commands: readonly Command[],
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Request {
  let parsed: { readonly values: Values; readonly positionals: readonly string[] }
  try {
    parsed = parseArgs({ args: [...words], allowPositionals: true, options: optionsOf(commands) })
  } catch (cause) {
    return unreadable(commands, words, cause)
  }
  const { values, positionals } = parsed
  const asksHelp = positionals[0] === 'help'
  const { command, operands } = findCommand(commands, asksHelp ? positionals.slice(1) : positionals)
  if (asksHelp || values['help'] !== undefined) {
    const group = groupOf(commands, command, operands)
    return command === undefined && group === undefined && operands.length > 0
      ? { kind: 'mistake', fault: unknownCommand(commands, operands), command }
      : { kind: 'help', command, ...(group === undefined ? {} : { group }) }
  }
  if (values['version'] !== undefined || positionals[0] === 'version') return { kind: 'version' }
  if (command === undefined) return { kind: 'mistake', fault: unknownCommand(commands, positionals), command }
  const fault = faultOf(command, values, operands)
  return fault === undefined
    ? { kind: 'run', command, given: toGiven({ ...fromVariables(command, environment), ...values }, operands) }
    : { kind: 'mistake', fault, command }
}

/** The options of all commands, because the words do not say where the command ends before they are read. */
function optionsOf(commands: readonly Command[]) {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple: true }> = {
    help: { type: 'boolean', short: 'h', multiple: true },
    version: { type: 'boolean', multiple: true },
  }
  for (const { name, value } of commands.flatMap((command) => command.options)) {
    options[name] = { type: value === undefined ? 'boolean' : 'string', multiple: true }
  }
  return options
}

function findCommand(
  commands: readonly Command[],
  positionals: readonly string[],
): { readonly command: Command | undefined; readonly operands: readonly string[] } {
  for (const length of [2, 1]) {
    const name = positionals.slice(0, length).join(' ')
    const command = commands.find((candidate) => candidate.name === name)
    if (command !== undefined) return { command, operands: positionals.slice(length) }
  }
  return { command: undefined, operands: positionals }
}

/** The word with which several commands begin, when that was asked for and not one of them. */
function groupOf(
  commands: readonly Command[],
  command: Command | undefined,
  [word]: readonly string[],
): string | undefined {
  return command === undefined && commands.some(({ name }) => name.startsWith(`${String(word)} `)) ? word : undefined
}

/** Why the words could not be told apart: an option that nothing has, or one without its value. */
function unreadable(commands: readonly Command[], words: readonly string[], cause: unknown): Request {
  const first = words.findIndex((word) => word.startsWith('-'))
  const { command } = findCommand(commands, words.slice(0, first))
  const [line = ''] = String(cause instanceof Error ? cause.message : cause).split('\n')
  const unknown = /Unknown option '(-[^']*)'/.exec(line)?.[1]
  const fault =
    unknown === undefined ? misusedOption(commands, command, line) : unknownOption(commands, command, unknown)
  return { kind: 'mistake', fault, command }
}

/** An option without the value that it takes, or with one that it does not take; which one the platform says. */
function misusedOption(commands: readonly Command[], command: Command | undefined, line: string): string {
  const name = /Option '(?:-\w, )?--([^' ]+)/.exec(line)?.[1]
  if (name === undefined) return 'the options are not understood'
  const owners = command === undefined ? commands : [command, ...commands]
  const option = owners.flatMap(({ options }) => options).find((each) => each.name === name)
  if (option?.value === undefined) return `--${name} takes no value`
  return `${giveValue(option)}${/ambiguous/.test(line) ? `; one that begins with a dash is written --${name}=-…` : ''}`
}

function giveValue({ name, value = 'a value' }: CommandOption): string {
  return `give ${value} behind --${name}`
}

function unknownOption(commands: readonly Command[], command: Command | undefined, given: string): string {
  const known = command === undefined ? Object.keys(optionsOf(commands)) : command.options.map(({ name }) => name)
  const meant = findNearest(given.replace(/^-+/, ''), known)
  const fault = command === undefined ? `no command has an option ${given}` : `${command.name} has no option ${given}`
  return `${fault}${didYouMean(meant === undefined ? undefined : `--${meant}`)}`
}

function unknownCommand(commands: readonly Command[], [first, second]: readonly string[]): string {
  if (first === undefined) return 'give a command'
  const inGroup = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (inGroup.length === 0) {
    const said = second === undefined ? first : `${first} ${second}`
    const meant = findNearest(
      said,
      commands.flatMap(({ name }) => [name, name.split(' ')[0] ?? name]),
    )
    return `there is no command ${meant === undefined ? first : said}${didYouMean(meant)}`
  }
  return `${second === undefined ? 'say' : `there is no command ${first} ${second}; say`} ${inGroup.join(', ')}`
}

function faultOf(command: Command, values: Values, operands: readonly string[]): string | undefined {
  const wanted = command.operands ?? []
  if (operands.length > wanted.length && command.furtherOperands === undefined) {
    return wanted.length === 0
      ? `one command at a time: ${operands.join(' ')} is too much`
      : `${command.name} takes ${wanted.join(' ')}: ${operands.slice(wanted.length).join(' ')} is too much`
  }
  if (operands.length < wanted.length) return `${command.name} needs ${wanted.slice(operands.length).join(' ')}`
  for (const name of Object.keys(values)) {
    if (!command.options.some((option) => option.name === name)) return unknownOption([], command, `--${name}`)
  }
  for (const option of command.options) {
    const fault = optionFault(command, option, values[option.name] ?? [])
    if (fault !== undefined) return fault
  }
  return undefined
}

function optionFault(
  command: Command,
  option: CommandOption,
  values: readonly (string | boolean)[],
): string | undefined {
  if (option.required === true && values.length === 0) return `${command.name} needs --${option.name}`
  if (values.includes('')) return giveValue(option)
  if (values.length > 1 && option.repeated !== true) return `give --${option.name} once`
  return undefined
}

/** The values of options that the environment gives; an empty variable gives none. */
function fromVariables(command: Command, environment: Readonly<Record<string, string | undefined>>): Values {
  return Object.fromEntries(
    command.options.flatMap(({ name, variable }) => {
      const value = variable === undefined ? undefined : environment[variable]
      return value === undefined || value === '' ? [] : [[name, [value]] as const]
    }),
  )
}

function toGiven(values: Values, operands: readonly string[]): Given {
  const texts = (name: string): readonly string[] =>
    (values[name] ?? []).filter((value): value is string => typeof value === 'string')
  return {
    value: (name) => texts(name).at(-1),
    values: texts,
    has: (name) => values[name] !== undefined,
    operands,
  }
}
