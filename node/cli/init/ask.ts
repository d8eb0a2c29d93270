import { createInterface } from 'node:readline'
import { CommandFailure } from '../command.js'
import { exitStatus } from '../exit-status.js'
import { faultOf, type Answers, type Question } from './question.js'

/** Asks somebody a question until the answer can be used. */
export type AskOnTerminal = (question: Question, answers: Answers) => Promise<readonly string[]>

/** Where somebody is asked. */
export interface Conversation {
  readonly ask: AskOnTerminal
  /** A question that yes or no answers; without an answer it is yes. */
  confirm(question: string): Promise<boolean>
  close(): void
}

/**
 * Asks line by line, so that it also works for who hears a screen. The questions go where results do not.
 *
 * What it does next throws `CommandFailure` when the input ended or somebody pressed Ctrl-C.
 */
export function openConversation(streams: {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}): Conversation {
  const terminal = createInterface({ ...streams, terminal: 'isTTY' in streams.output && streams.output.isTTY === true })
  // Lines that were pasted come before their question.
  const typed: string[] = []
  let isClosed = false
  let waiting: (() => void) | undefined
  terminal.on('line', (line) => {
    typed.push(line)
    waiting?.()
  })
  terminal.once('close', () => {
    isClosed = true
    waiting?.()
  })
  const tell = (line: string): void => void streams.output.write(`${line}\n`)

  async function read(prompt: string): Promise<string> {
    terminal.setPrompt(prompt)
    if (!isClosed) terminal.prompt()
    while (typed.length === 0) {
      if (isClosed) {
        tell('')
        throw new CommandFailure(exitStatus.no, ['stopped; nothing was written'])
      }
      await new Promise<void>((resolve) => {
        waiting = resolve
      })
    }
    return (typed.shift() ?? '').trim()
  }

  /** Until it can be used; '' when there is none. */
  async function readAnswer(question: Question, answers: Answers, prompt: string, usual: string): Promise<string> {
    for (;;) {
      const said = await read(prompt)
      const answer = said === '' ? usual : said
      if (answer === '' && (question.optional === true || question.several === true)) return ''
      const fault = answer === '' ? 'this needs an answer' : await faultOf(question, answer, answers)
      if (fault === undefined) return answer
      tell(`  ${fault}`)
    }
  }

  return {
    async ask(question, answers) {
      const { asks, choices, several, optional } = question
      const usual = question.usual?.(answers) ?? ''
      for (const line of (await question.tells?.(answers)) ?? []) tell(`  ${line}`)
      const among = choices === undefined ? '' : ` (${choices.join(', ')})`
      const without = usual === '' && (optional === true || several === true) ? ' [none]' : ''
      const first = `${asks}${among}?${usual === '' ? without : ` [${usual}]`} `
      const answer = await readAnswer(question, answers, first, usual)
      if (answer === '') return []
      if (several !== true) return [answer]
      const given = [answer]
      for (;;) {
        const next = await readAnswer(question, answers, '  and another? [no more] ', '')
        if (next === '') return given
        given.push(next)
      }
    },
    async confirm(question) {
      for (;;) {
        const said = (await read(`${question} [yes] `)).toLowerCase()
        if (['', 'y', 'yes', 'j', 'ja'].includes(said)) return true
        if (['n', 'no', 'nee'].includes(said)) return false
        tell('  say yes or no')
      }
    },
    close: () => terminal.close(),
  }
}
