import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Instant } from '../kernel/clock.js'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import { randomHex } from '../kernel/random.js'
import { checkpointClaimsSchema, type AuditKey } from '../../schemas/audit-checkpoint.js'

/** The checkpoints of a node, oldest first, outside its store. */
export interface CheckpointFile {
  /** Durable when it returns. @throws `audit.unavailable` */
  append(compact: string): Promise<void>
  list(): readonly string[]
  /** Keeps what there is under another name, for who wants to compare, and begins anew. @throws `audit.unavailable` */
  setAside(now: Instant): Promise<void>
  /** Leaves out all but the last of each day from before the last seven days. @throws `audit.unavailable` */
  thin(now: Instant): Promise<void>
}

const lineSchema = z.object({ checkpoint: z.string() })
const keepAllMilliseconds = 7 * 86_400_000

/** The file with checkpoints in a directory of them. */
export function checkpointFileIn(directory: string): string {
  return join(directory, 'checkpoints.jsonl')
}

/** The file with the public key in a directory of checkpoints. */
export function auditKeyFileIn(directory: string): string {
  return join(directory, 'audit-key.json')
}

/**
 * Opens the checkpoints in `directory`, which is made when it is absent, and puts the public key beside them. A last line
 * that was not finished is taken away: nobody was told of it.
 * @throws `audit.unavailable` when it cannot be read or written
 */
export async function openCheckpointFile(directory: string, publicKey: AuditKey): Promise<CheckpointFile> {
  const path = checkpointFileIn(directory)
  let lines: string[] = []

  /** Another process may add to the same file, so what is written is added and never the whole. */
  async function append(compact: string): Promise<void> {
    await writeDurably(path, 'a', toLine(compact))
    lines.push(compact)
  }

  await naming(async () => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await replaceDurably(auditKeyFileIn(directory), `${JSON.stringify(publicKey)}\n`)
    await dropUnfinishedLine(path)
    lines = [...(await readCheckpointFile(path)).checkpoints]
  })
  return {
    append: (compact) => naming(() => append(compact)),
    list: () => lines,
    setAside: (now) =>
      naming(async () => {
        if (lines.length === 0) return
        await rename(path, `${path}.until-${String(Math.floor(now))}`)
        await syncDirectory(directory)
        lines = []
      }),
    thin: (now) =>
      naming(async () => {
        // Read again: another process of the node may keep its checkpoints in the same file.
        const all = (await readCheckpointFile(path)).checkpoints
        const kept = thinned(all, now)
        if (kept.length < all.length) await replaceDurably(path, kept.map(toLine).join(''))
        lines = [...kept]
      }),
  }
}

/**
 * The checkpoints in a file of JSON Lines, and the numbers of lines that hold none, counted from 1. A last line without
 * a line break is passed over; a file that is absent holds none. Nothing of it is verified.
 */
export async function readCheckpointFile(
  path: string,
): Promise<{ readonly checkpoints: readonly string[]; readonly badLines: readonly number[] }> {
  const checkpoints: string[] = []
  const badLines: number[] = []
  const size = await sizeOf(path)
  if (size === 0) return { checkpoints, badLines }
  const whole = (await lastByte(path, size)) === '\n'.charCodeAt(0)
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    number += 1
    const parsed = lineSchema.safeParse(parseJson(line))
    if (parsed.success) checkpoints.push(parsed.data.checkpoint)
    else badLines.push(number)
  }
  if (!whole && badLines.at(-1) === number) badLines.pop()
  return { checkpoints, badLines }
}

/** All of the last seven days, and of each day before that the last one. */
function thinned(lines: readonly string[], now: Instant): readonly string[] {
  const dayOf = lines.map(timeOf)
  return lines.filter((_, index) => {
    const time = dayOf[index]
    const next = dayOf[index + 1]
    if (time === undefined || next === undefined || Date.parse(time) > now - keepAllMilliseconds) return true
    return time.slice(0, 10) !== next.slice(0, 10)
  })
}

function timeOf(compact: string): string | undefined {
  const [, claims = ''] = compact.split('.')
  return checkpointClaimsSchema.safeParse(parseJson(Buffer.from(claims, 'base64url').toString('utf8'))).data?.time
}

function toLine(compact: string): string {
  return `${JSON.stringify({ checkpoint: compact })}\n`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Fits no schema.
    return undefined
  }
}

async function dropUnfinishedLine(path: string): Promise<void> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT') return Buffer.alloc(0)
    throw cause
  })
  const end = bytes.lastIndexOf('\n') + 1
  if (end < bytes.length) await truncate(path, end)
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return 0
    throw cause
  }
}

async function lastByte(path: string, size: number): Promise<number | undefined> {
  const file = await open(path, 'r')
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
    return buffer[0]
  } finally {
    await file.close()
  }
}

/** Whole or not at all: write aside, sync, rename, sync the directory. */
async function replaceDurably(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomHex(4)}.new`
  try {
    await writeDurably(aside, 'wx', text)
    await rename(aside, path)
  } catch (cause) {
    await rm(aside, { force: true })
    throw cause
  }
  await syncDirectory(dirname(path))
}

async function writeDurably(path: string, flags: 'a' | 'wx', text: string): Promise<void> {
  const file = await open(path, flags, 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; its file systems do this by themselves.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}

async function naming<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new NodeError('audit.unavailable', {
      cause,
      detail: ['the checkpoints cannot be read or written', systemCodeOf(cause)].join(' '),
      notes: ['audit.checkpoints: the directory cannot be read or written. Look at its permissions and its disk.'],
    })
  }
}
