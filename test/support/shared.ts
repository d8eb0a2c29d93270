import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'

/**
 * The path of a published file that is no part of this project, or `undefined` when it is not on this machine.
 *
 * The files are in the folder `shared` beside the project, or where `BRONNET_SHARED` says.
 */
export function sharedFile(...segments: string[]): string | undefined {
  const folder = process.env['BRONNET_SHARED'] ?? join(dirname(packageFile('package.json')), '..', 'shared')
  const path = join(folder, ...segments)
  return existsSync(path) ? path : undefined
}

/**
 * A `describe` for tests against published files in one folder of `shared`.
 *
 * Without the folder the tests are skipped, loudly; where `CI` is set they fail, so that nobody takes them for passed.
 * @param define gets a function that reads a file of the folder, and throws when it is not there
 */
export function describeWithShared(
  title: string,
  folder: readonly string[],
  define: (read: (file: string) => string) => void,
): void {
  const path = sharedFile(...folder)
  if (path !== undefined) {
    describe(title, () => define((file) => readFileSync(join(path, file), 'utf8')))
    return
  }
  const notice = `${title}: the published files in shared/${folder.join('/')} are not here`
  if (process.env['CI']) {
    test(title, () => {
      throw new Error(notice)
    })
    return
  }
  // eslint-disable-next-line no-console -- the point is that somebody sees it
  console.warn(`SKIPPED ${notice}`)
  test.skip(notice, () => {})
}
