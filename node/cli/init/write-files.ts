import { existsSync } from 'node:fs'
import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCodeOf } from '../../kernel/errors.js'
import { randomToken } from '../../kernel/random.js'
import { CommandFailure } from '../command.js'
import { exitStatus } from '../exit-status.js'

/** A file to make. */
export interface NewFile {
  readonly path: string
  readonly text: string
  /** For nobody but the user who runs the node. */
  readonly isSecret?: true
  /** Stays as it is when it is there, whatever is asked: what it held could not be had again. */
  readonly isKept?: true
}

/** How files are written. */
export interface WriteOptions {
  /** Writes over what is there. */
  readonly force: boolean
  /** What somebody can do about a file that is there already. */
  readonly instead: string
}

/**
 * Makes the files, the last one last: it is there only when all others are. Each is whole before it has its name.
 * @throws `CommandFailure` when one is there already and may not be written over, before anything is written; or when
 *   the disk refuses
 */
export async function writeFiles(files: readonly NewFile[], { force, instead }: WriteOptions): Promise<void> {
  const wanted = files.filter(({ path, isKept }) => isKept !== true || !existsSync(path))
  const present = wanted.filter(({ path }) => existsSync(path)).map(({ path }) => path)
  if (present.length > 0 && !force) throw thereAlready(present, instead)
  try {
    for (const file of wanted) await writeWhole(file, { force, instead })
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause
    throw new CommandFailure(exitStatus.unavailable, [
      `the files cannot be written (${systemCodeOf(cause) ?? 'unknown'})`,
    ])
  }
}

/** Says before anything is asked that there are settings already. @throws `CommandFailure` as `writeFiles` */
export function refuseToReplace(settings: string, instead: string): void {
  if (existsSync(settings)) throw thereAlready([settings], instead)
}

async function writeWhole({ path, text, isSecret }: NewFile, { force, instead }: WriteOptions): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const aside = `${path}.${randomToken()}`
  await writeFile(aside, text, { flag: 'wx', mode: isSecret === true ? 0o600 : 0o640, flush: true })
  try {
    if (force) await rename(aside, path)
    // Unlike a rename, this fails when somebody made the file meanwhile.
    else await link(aside, path)
  } catch (cause) {
    throw systemCodeOf(cause) === 'EEXIST' ? thereAlready([path], instead) : cause
  } finally {
    await rm(aside, { force: true })
  }
}

function thereAlready(paths: readonly string[], instead: string): CommandFailure {
  return new CommandFailure(
    exitStatus.usage,
    paths.map((path) => `${path} is there already: ${instead}`),
  )
}
