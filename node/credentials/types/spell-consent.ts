import { z } from 'zod'
import { consentType } from '../../../schemas/credentials/spelling.js'
import type { Credential } from '../credential.js'

const grantSchema = z.looseObject({ legalBase: z.looseObject({ consentType }).optional() })

/** The subject of a grant with its consent spelled as `implicit`, or as the other network writes it. */
export function spellConsent(subject: Credential['subject'], implicit: 'implicit' | 'implied'): Credential['subject'] {
  const { legalBase, ...rest } = grantSchema.parse(subject)
  if (legalBase === undefined) return rest
  const spelled = legalBase.consentType === 'explicit' ? 'explicit' : implicit
  return { ...rest, legalBase: { ...legalBase, consentType: spelled } }
}
