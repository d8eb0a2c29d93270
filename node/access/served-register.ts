import type { ServedSource } from './served-sources.js'

/** True when a source has the schema of this register. */
export function isServed({ pack }: Pick<ServedSource, 'pack'>, register: string): boolean {
  return pack.schema === register
}
