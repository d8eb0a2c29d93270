import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from '@jest/globals'

/** A file system of its own in memory, so that it can be filled. */
export interface SmallDisk {
  readonly directory: string
  remove(): void
}

/** Makes a file system of so many MiB; `undefined` where that is not allowed, which takes root on Linux. */
export function makeSmallDisk(mebibytes: number): SmallDisk | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'bronnet-disk-'))
  const words = ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', directory]
  if (spawnSync('mount', words).status !== 0) {
    rmSync(directory, { recursive: true })
    return undefined
  }
  return {
    directory,
    remove() {
      spawnSync('umount', [directory])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Describes what needs a small disk; where none can be made, the tests are skipped and say so. */
export function describeWithSmallDisk(
  name: string,
  disk: SmallDisk | undefined,
  tests: (disk: SmallDisk) => void,
): void {
  if (disk !== undefined) return describe(name, () => tests(disk))
  const reason = 'a file system can only be mounted by root'
  process.stderr.write(`SKIPPED: ${name} (${reason})\n`)
  describe.skip(`${name} (${reason})`, () => tests({ directory: '', remove: () => {} }))
}
