import type { z } from 'zod'
import { CommandFailure } from '../command.js'
import { exitStatus } from '../exit-status.js'
import type { AskOnTerminal } from './ask.js'
import { faultOf, toAnswers, type Answers, type Question } from './question.js'
import type { answersFileSchema } from './answers-file.js'

/** What was answered beforehand: by options, which win, and in a file. */
export interface Beforehand {
  readonly options: (name: string) => readonly string[]
  readonly file: z.output<typeof answersFileSchema>
}

/**
 * Every answer, in the order of the questions: those given beforehand; then, on a terminal, what somebody says; else, with
 * `takesUsual`, the usual ones.
 * @throws `CommandFailure` with a line for every answer that is missing, wrong or has no meaning
 */
export async function collectAnswers(
  questions: readonly Question[],
  beforehand: Beforehand,
  how: { readonly takesUsual: boolean; readonly ask: AskOnTerminal | undefined },
): Promise<Answers> {
  const collected = new Map<string, readonly string[]>()
  const answers = toAnswers(collected)
  const faults: string[] = []
  for (const question of questions) {
    const { name } = question
    const { given, from } = givenFor(question, beforehand)
    if (question.when?.(answers) === false) {
      // What it hangs on may be what is wrong.
      if (given.length > 0 && faults.length === 0) faults.push(`${from}: has no meaning beside the other answers`)
      continue
    }
    if (given.length > 0) {
      const wrong = await faultsOf(question, given, answers)
      faults.push(...wrong.map((fault) => `${from}: ${fault}`))
      // A wrong answer would only make the questions that depend on it wrong too.
      if (wrong.length === 0) collected.set(name, given)
      continue
    }
    const answer = await answerFor(question, answers, how)
    if (answer === undefined) faults.push(missing(question, answers))
    else if (answer.length > 0) collected.set(name, answer)
  }
  if (faults.length > 0) throw new CommandFailure(exitStatus.usage, faults)
  return answers
}

function givenFor(
  { name }: Question,
  { options, file }: Beforehand,
): { readonly given: readonly string[]; readonly from: string } {
  const byOption = options(name)
  return byOption.length > 0
    ? { given: byOption, from: `--${name}` }
    : { given: file[name] ?? [], from: `${name} in the answers` }
}

async function faultsOf(question: Question, given: readonly string[], answers: Answers): Promise<readonly string[]> {
  if (given.length > 1 && question.several !== true) return ['give it once']
  const found = await Promise.all(given.map((answer) => faultOf(question, answer, answers)))
  return found.filter((fault) => fault !== undefined)
}

/** `undefined` when there is none and there must be one. */
async function answerFor(
  question: Question,
  answers: Answers,
  { takesUsual, ask }: { readonly takesUsual: boolean; readonly ask: AskOnTerminal | undefined },
): Promise<readonly string[] | undefined> {
  if (ask !== undefined) return ask(question, answers)
  const usual = takesUsual ? question.usual?.(answers) : undefined
  if (usual !== undefined && (await faultOf(question, usual, answers)) === undefined) return [usual]
  return question.optional === true || question.several === true ? [] : undefined
}

function missing({ name, value, about, usual }: Question, answers: Answers): string {
  const also = (usual?.(answers) ?? '') === '' ? '' : ', or --yes for what is usual'
  return `no answer to ${name}: give --${name} ${value} (${about}) or ${name} in the answers file${also}`
}
