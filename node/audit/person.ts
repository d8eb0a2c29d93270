import type { Audit } from './audit.js'

/** The pseudonym under which the journal knows the person with this BSN (national person number). */
export function personPseudonym(audit: Pick<Audit, 'pseudonym'>, bsn: string): string {
  return audit.pseudonym('bsn', bsn)
}
