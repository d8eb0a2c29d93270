/** The answers so far, by the name of the question. An answer that was left out is no answer. */
export interface Answers {
  readonly one: (name: string) => string | undefined
  readonly all: (name: string) => readonly string[]
}

/** Something that a set-up must know. Its name is that of the option and of the member of an answers file. */
export interface Question {
  readonly name: string
  /** What stands for the answer in help, such as `URL`. */
  readonly value: string
  readonly choices?: readonly string[]
  /** As it is asked on a terminal, without the question mark. */
  readonly asks: string
  /** As the help of the option has it. */
  readonly about: string
  /** Any number of answers, also none. */
  readonly several?: true
  /** May be left without an answer. */
  readonly optional?: true
  /** Whether it has a meaning, given the answers before it; always, without this. */
  readonly when?: (answers: Answers) => boolean
  /** The answer that is usual, given the answers before it. */
  readonly usual?: (answers: Answers) => string | undefined
  /** What somebody should know before answering. */
  readonly tells?: (answers: Answers) => Promise<readonly string[]>
  /** What is wrong with an answer, in a few words for who gave it; never quotes it. */
  readonly fault?: (answer: string, answers: Answers) => Promise<string | undefined> | string | undefined
}

/** The answers in a map, as `Answers`. */
export function toAnswers(given: ReadonlyMap<string, readonly string[]>): Answers {
  return { one: (name) => given.get(name)?.[0], all: (name) => given.get(name) ?? [] }
}

/** What is wrong with an answer by the question itself and its choices. */
export async function faultOf(question: Question, answer: string, answers: Answers): Promise<string | undefined> {
  const { choices, fault } = question
  if (choices !== undefined && !choices.includes(answer)) return `give one of ${choices.join(', ')}`
  return fault?.(answer, answers)
}
