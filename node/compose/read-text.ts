import { readFile } from 'node:fs/promises'
import { NodeError, systemCodeOf } from '../kernel/errors.js'

/** The text of a file that a setting names. @throws `config.invalid` */
export async function readText(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = systemCodeOf(cause) === 'ENOENT' ? 'does not exist' : 'cannot be read'
    throw new NodeError('config.invalid', { cause, notes: [`${setting}: ${file} ${why}`] })
  }
}
