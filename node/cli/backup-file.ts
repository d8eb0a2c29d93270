import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { NodeError, systemCodeOf } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'
import { isSealed, seal, unseal } from '../stores/backup/seal.js'
import { CommandFailure, type CommandOption } from './command.js'
import { exitStatus } from './exit-status.js'

const shortestPassphrase = 12
const beginningBytes = 64

/** For commands that make or read a backup. */
export const passphraseFileOption: CommandOption = {
  name: 'passphrase-file',
  value: 'FILE',
  about: 'file with the passphrase that the backup is encrypted under; a final line break is ignored',
}

/** @throws `CommandFailure` when the file cannot be read or the passphrase is short */
export async function readPassphrase(file: string | undefined): Promise<Secret | undefined> {
  if (file === undefined) return undefined
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailure(exitStatus.usage, [`--passphrase-file: ${file} cannot be read (${reasonOf(cause)})`])
  })
  const passphrase = text.replace(/\r?\n$/, '')
  if (passphrase.length >= shortestPassphrase) return Secret.of(passphrase)
  throw new CommandFailure(exitStatus.usage, [
    `--passphrase-file: the passphrase is shorter than ${shortestPassphrase} characters`,
  ])
}

/**
 * Writes `parts` to `file`, compressed, and encrypted when there is a passphrase. The file has its name only once it is
 * whole and durable: until then it ends in `.partial`.
 * @throws what the parts throw; `CommandFailure` when the file is there already or cannot be written
 */
export async function writeBackupFile(
  file: string,
  parts: AsyncIterable<string>,
  passphrase: Secret | undefined,
): Promise<void> {
  if (existsSync(file)) throw new CommandFailure(exitStatus.usage, [`--to: ${file} is there already`])
  const partial = `${file}.partial`
  try {
    const target = createWriteStream(partial, { mode: 0o600, flush: true })
    const source = Readable.from(parts)
    if (passphrase === undefined) await pipeline(source, createGzip(), target)
    else await pipeline(source, createGzip(), (zipped: AsyncIterable<Buffer>) => seal(zipped, passphrase), target)
    await rename(partial, file)
    await syncDirectory(dirname(file))
  } catch (cause) {
    await rm(partial, { force: true })
    if (NodeError.is(cause) || cause instanceof CommandFailure) throw cause
    throw new CommandFailure(exitStatus.unavailable, [`--to: ${file} cannot be written (${reasonOf(cause)})`])
  }
}

/**
 * What `writeBackupFile` was given, and what is wrong with the file when it is not that.
 * @throws `CommandFailure` when the file cannot be read or needs a passphrase; `store.damaged`
 */
export async function* readBackupFile(file: string, passphrase: Secret | undefined): AsyncGenerator<string> {
  const sealed = isSealed(await readBeginning(file))
  if (sealed && passphrase === undefined) {
    throw new CommandFailure(exitStatus.usage, [`--from: ${file} is encrypted: give --passphrase-file`])
  }
  const bytes = createReadStream(file)
  const zipped = sealed && passphrase !== undefined ? Readable.from(unseal(bytes, passphrase)) : bytes
  const text = createGunzip().setEncoding('utf8')
  // The reader below gets what went wrong.
  const flowing = pipeline(zipped, text).catch((cause: unknown) => cause)
  try {
    for await (const part of text) yield String(part)
  } catch (cause) {
    const first = (await flowing) ?? cause
    if (NodeError.is(first)) throw first
    throw new NodeError('store.damaged', {
      detail: 'the backup cannot be decompressed',
      notes: [`--from: ${file} is not a backup, or is damaged or cut off (${reasonOf(first)})`],
    })
  }
}

async function readBeginning(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r')
    const { buffer, bytesRead } = await handle
      .read(Buffer.alloc(beginningBytes), 0, beginningBytes, 0)
      .finally(() => handle.close())
    return buffer.subarray(0, bytesRead)
  } catch (cause) {
    throw new CommandFailure(exitStatus.usage, [`--from: ${file} cannot be read (${reasonOf(cause)})`])
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; its file systems do this by themselves.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}

function reasonOf(cause: unknown): string {
  return systemCodeOf(cause) ?? 'unknown'
}
