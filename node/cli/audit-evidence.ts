import { readFile } from 'node:fs/promises'
import { readCheckpointFile } from '../audit/checkpoint-file.js'
import { systemCodeOf } from '../kernel/errors.js'
import { CommandFailure, type CommandOption } from './command.js'
import { exitStatus } from './exit-status.js'

/** For commands that verify a journal. */
export const checkpointsOption: CommandOption = {
  name: 'checkpoints',
  value: 'FILE',
  about: 'more checkpoints, such as those of an anchor (JSON Lines); may be given more than once',
  repeated: true,
}

/** JSON Lines as the node writes them, or the answer of an anchor. */
export async function readCheckpoints(path: string): Promise<readonly string[]> {
  const text = await readEvidence(path)
  const whole = parseList(text)
  if (whole !== undefined) return whole
  const { checkpoints, badLines } = await readCheckpointFile(path)
  if (badLines.length === 0) return checkpoints
  throw new CommandFailure(exitStatus.unproven, [`${path}: line ${String(badLines[0])} holds no checkpoint`])
}

function parseList(text: string): readonly string[] | undefined {
  try {
    const { checkpoints } = JSON.parse(text) as { checkpoints?: unknown }
    return Array.isArray(checkpoints) ? checkpoints.map(String) : undefined
  } catch {
    // Lines, then.
    return undefined
  }
}

/** @throws `CommandFailure` when the file cannot be read */
export async function readEvidence(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CommandFailure(exitStatus.unavailable, [`${path}: cannot be read (${systemCodeOf(cause) ?? 'unknown'})`])
  }
}
