import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSignInKey, signInLine } from '../sign-in.js'
import { readSignInKey } from '../sign-in-options.js'
import type { NewFile } from './write-files.js'

/** The list of who may sign in. */
export function authorizedKeysIn(directory: string): string {
  return join(directory, 'authorized_keys')
}

/** The private key of the first administrator. */
export function administratorKeyIn(directory: string): string {
  return join(directory, 'secrets', 'administrator.key')
}

/**
 * The key of the first administrator, and the list with it alone. What is there stays: a list that is made anew beside a key
 * has that key.
 * @throws `CommandFailure` for a key that cannot be used
 */
export async function administratorFiles(directory: string, user: string): Promise<readonly NewFile[]> {
  const path = administratorKeyIn(directory)
  const role = 'administrator'
  const made = existsSync(path) ? undefined : createSignInKey({ user, role, parties: [] })
  const line = made?.line ?? signInLine((await readSignInKey(path, user)).key, { user, role, parties: [] })
  return [
    { path, text: made?.file ?? (await readFile(path, 'utf8')), isSecret: true, isKept: true },
    {
      path: authorizedKeysIn(directory),
      text: `# Who may sign in: a role, a key and whose it is.\n${line}\n`,
      isKept: true,
    },
  ]
}
