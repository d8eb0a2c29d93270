import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NodeError } from './errors.js'

/**
 * Returns the absolute path of a file that is shipped with the package and is not code: `packageFile('schemas', 'x.json')`.
 *
 * Finds the same file from the sources and from `dist/`. Does not check that the file exists. Reads the disk: call it
 * at start-up, not per request.
 * @throws `internal.fault` when the path leaves the package, or the package cannot be found
 */
export function packageFile(...segments: string[]): string {
  const root = findPackageRoot(dirname(fileURLToPath(import.meta.url)))
  const path = join(root, ...segments)
  // A segment may come from configuration, for instance the name of a use-case pack.
  if (relative(root, path).split(/[\\/]/)[0] === '..') {
    throw new NodeError('internal.fault', { detail: 'path leaves the package' })
  }
  return path
}

function findPackageRoot(from: string): string {
  for (let directory = from; ; directory = dirname(directory)) {
    if (packageName(join(directory, 'package.json')) === 'bronnet') return directory
    if (directory === dirname(directory)) throw new NodeError('internal.fault', { detail: 'package root not found' })
  }
}

function packageName(path: string): unknown {
  try {
    const contents: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return typeof contents === 'object' && contents !== null && 'name' in contents ? contents.name : undefined
  } catch {
    // No package.json here, or not a readable one: look further up on purpose.
    return undefined
  }
}
