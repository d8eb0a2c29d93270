/** An option of a command. The same name means the same in every command that has it. */
export interface CommandOption {
  /** Without the two dashes. */
  readonly name: string
  /** What stands for its value in help, such as `FILE`; without it the option takes none. */
  readonly value?: string
  /** The values it can have, for shells that complete; the command itself refuses others. */
  readonly choices?: readonly string[]
  readonly about: string
  /** The environment variable that gives its value when the option is not given. */
  readonly variable?: string
  /** The command whose help tells of it, where that is another: many commands have it. */
  readonly toldBy?: string
  /** Refused when it is missing. */
  readonly required?: true
  /** May be given more than once. */
  readonly repeated?: true
}

/** What was given behind a command. */
export interface Given {
  /** The value of an option, or `undefined`. An option given more than once counts as its last. */
  value(name: string): string | undefined
  /** Every value of an option, in order. */
  values(name: string): readonly string[]
  /** Whether an option without value was given. */
  has(name: string): boolean
  /** The words that are no options: as many as the command names, and then those further ones that it takes. */
  readonly operands: readonly string[]
}

/** Where a command speaks. Secrets go to neither. */
export interface Terminal {
  /** The result, on standard output. */
  say(text: string): void
  /** What happens meanwhile, on standard error. */
  note(text: string): void
}

/** Something that `bronnet` does. */
export interface Command {
  /** One or two words. */
  readonly name: string
  /** One line, without a full stop. */
  readonly summary: string
  /** What the words behind it stand for, such as `ID`; all are required. */
  readonly operands?: readonly string[]
  /** What any further words stand for, such as `WORD`; there may be none. */
  readonly furtherOperands?: string
  readonly options: readonly CommandOption[]
  /** Whole lines to type. */
  readonly examples: readonly string[]
  /**
   * Returns the exit status.
   * @throws `NodeError`, of which the notes are shown, or `CommandFailure`
   */
  readonly run: (given: Given, terminal: Terminal) => Promise<number>
}

/** A command that cannot go on; every line tells the caller what is wrong or what to do. */
export class CommandFailure extends Error {
  readonly status: number
  readonly lines: readonly string[]

  constructor(status: number, lines: readonly string[]) {
    super(lines.join('\n'))
    this.status = status
    this.lines = lines
  }
}

/** The file with settings, for commands that need some. */
export const configOption: CommandOption = {
  name: 'config',
  value: 'FILE',
  about: 'YAML file with settings; the variable BRONNET_CONFIG wins over it',
}

/** For commands that talk to a node that runs. */
export const nodeOption: CommandOption = {
  name: 'node',
  value: 'URL',
  about: 'internal address of the node; default: as the settings say, or http://127.0.0.1:8081',
}

/** For programs that read the result. */
export const jsonOption: CommandOption = { name: 'json', about: 'print JSON instead of text' }
