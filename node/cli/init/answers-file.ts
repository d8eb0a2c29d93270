import { parse as parseYaml } from 'yaml'
import { schemaFaults } from '../../kernel/schema-faults.js'
import { z } from 'zod'
import { CommandFailure } from '../command.js'
import { exitStatus } from '../exit-status.js'
import { readText } from '../input.js'
import type { Question } from './question.js'

const answer = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** Answers by the name of their question; a list where there can be several. */
export const answersFileSchema = z.record(
  z.string(),
  z.union([answer.transform((one) => [one]), z.array(answer)], { error: 'must be a text or a list of texts' }),
)

/**
 * Reads a file with answers, YAML or JSON; `-` is standard input.
 * @throws `CommandFailure` with a line per fault, that never quotes an answer
 */
export async function readAnswersFile(
  file: string,
  questions: readonly Question[],
): Promise<z.output<typeof answersFileSchema>> {
  const parsed = answersFileSchema.safeParse(parseText(await readText(file, '--answers')))
  if (!parsed.success) {
    throw refused(schemaFaults(parsed.error, { of: '--answers' }))
  }
  const unknown = Object.keys(parsed.data).filter((name) => !questions.some((question) => question.name === name))
  if (unknown.length > 0) throw refused(unknown.map((name) => `--answers: there is no question ${name}`))
  return parsed.data
}

function parseText(text: string): unknown {
  try {
    // The number of an organisation may begin with a zero: what looks like a number stays a text.
    return parseYaml(text, { logLevel: 'error', schema: 'failsafe' })
  } catch {
    throw refused(['--answers: the file does not hold YAML or JSON'])
  }
}

function refused(lines: readonly string[]): CommandFailure {
  return new CommandFailure(exitStatus.usage, lines)
}
