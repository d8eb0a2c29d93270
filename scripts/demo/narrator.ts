import { styleText } from 'node:util'

/** Tells the story on a terminal or in a file: the same words, with colour only where it is shown. */
export interface Narrator {
  heading(text: string): void
  /** A numbered step: what is about to happen. */
  step(text: string): void
  /** What is going on now: on a terminal, until the next line takes its place; in a file, not at all. */
  progress(text: string): void
  /** What happened, with the time it took when that is known. */
  fact(text: string, milliseconds?: number): void
  /** Checks what should have happened; a miss is shown and remembered. */
  expect(condition: boolean, text: string): void
  /** What was missed. */
  readonly missed: readonly string[]
}

/** Writes to `output`; colour and progress only where it is a terminal. */
export function createNarrator(output: { write(text: string): unknown; readonly isTTY?: boolean }): Narrator {
  const missed: string[] = []
  let number = 0
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    output.isTTY ? styleText(format, text) : text
  const clearLine = output.isTTY === true ? '\r\u001b[K' : ''
  const line = (text: string): void => {
    output.write(`${clearLine}${text}\n`)
  }
  return {
    missed,
    heading(text) {
      line(`\n${style('bold', text)}`)
    },
    step(text) {
      number += 1
      line(`\n${style('cyan', `${String(number)}.`)} ${style('bold', text)}`)
    },
    progress(text) {
      if (output.isTTY === true) output.write(`${clearLine}   ${style('dim', text)}`)
    },
    fact(text, milliseconds) {
      const time = milliseconds === undefined ? '' : style('dim', ` (${milliseconds.toFixed(1)} ms)`)
      line(`   ${text}${time}`)
    },
    expect(condition, text) {
      if (!condition) missed.push(text)
      line(`   ${condition ? style('green', '✓') : style('red', '✗ NOT SO:')} ${text}`)
    },
  }
}
