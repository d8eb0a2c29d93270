import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TreeFile } from './rooms.js'

/**
 * Reads the files under `folders` whose name ends in one of `endings`, sorted by path. A folder that is not there
 * counts as empty.
 *
 * @param root directory that the paths in the answer are relative to
 */
export function readTree(root: string, folders: readonly string[], endings: readonly string[]): readonly TreeFile[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => listFiles(root, folder))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

function listFiles(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? listFiles(root, path) : [path]
  })
}
