import type { Command } from './command.js'

/** The shells for which there is a script. */
export const shells = ['bash', 'zsh', 'fish'] as const

/** What a shell offers in the place of a value or word. */
export type Offer = 'files' | 'directories' | 'nothing' | readonly string[]

/** By what stands for it in the help, unless there are choices. */
export function offerFor(placeholder: string, choices?: readonly string[]): Offer {
  if (choices !== undefined) return choices
  if (placeholder === 'SHELL') return shells
  if (placeholder === 'DIR') return 'directories'
  return placeholder === 'FILE' || placeholder === 'TOKEN-FILE' ? 'files' : 'nothing'
}

/** What `bronnet` takes without a command of that name in the table. */
const beside = [
  { name: 'help', summary: 'how a command is used' },
  { name: 'version', summary: 'the version' },
]

/** A word that can stand first, and what can stand behind it when it begins commands of two words. */
export interface FirstWord {
  readonly word: string
  readonly summary: string
  readonly seconds: readonly { readonly word: string; readonly summary: string }[]
}

/** The first words of all commands, each once, in their order. */
export function firstWords(commands: readonly Command[]): readonly FirstWord[] {
  const named = [...commands, ...beside].map(({ name, summary }) => {
    const [word = '', second] = name.split(' ')
    return { word, second, summary }
  })
  return [...new Set(named.map(({ word }) => word))].map((word) => {
    const same = named.filter((one) => one.word === word)
    const seconds = same.flatMap(({ second, summary }) => (second === undefined ? [] : [{ word: second, summary }]))
    const [first] = same
    return {
      word,
      summary: seconds.length === 0 ? (first?.summary ?? '') : seconds.map((one) => one.word).join(', '),
      seconds,
    }
  })
}

/** In single quotes, as every shell of the three reads it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
