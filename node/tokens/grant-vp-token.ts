import { z } from 'zod'
import { copyWith } from '../kernel/copy-with.js'
import { NodeError } from '../kernel/errors.js'
import { parseGuardedJson } from '../kernel/json-guard.js'
import { checkSubmission } from '../credentials/exchange/submission.js'
import { presentationSubmissionSchema, type PresentationSubmission } from '../../schemas/presentation-exchange.js'
import { parseParameters, type GrantType } from './grant-type.js'

/** The name of the grant. @see Nuts RFC021 section 4 */
export const vpTokenGrantType = 'vp_token-bearer'

/** The form parameters of the grant; others are refused. */
const parametersSchema = z.strictObject({
  grant_type: z.literal(vpTokenGrantType),
  // What RFC 6749 appendix A.1 allows; it is kept, and a store takes no U+0000.
  client_id: z
    .string()
    .max(2048)
    .regex(/^[\x20-\x7E]+$/),
  assertion: z.string().min(1),
  presentation_submission: z.string().min(1),
  scope: z.string().min(1).max(2048),
})

/**
 * What an organization presents, and a submission that says where the answers to the definition are, for an access token.
 * @see Nuts RFC021 section 4
 */
export const vpTokenGrant: GrantType = {
  name: vpTokenGrantType,
  parse(given) {
    const parameters = parseParameters(parametersSchema, given)
    return {
      scope: parameters.scope,
      show({ definitions }, readPresented) {
        if (definitions.service_provider !== undefined)
          throw new NodeError('token.unsupported_grant', { notes: ['this scope asks for a service provider too'] })
        const submission = parseSubmission(parameters.presentation_submission)
        const definition = definitions.organization
        const organization = readPresented('organization', parameters.assertion, definition)
        checkSubmission(copyWith(organization, { submission, definition }))
        return { clientId: parameters.client_id, organization, submission }
      },
    }
  },
}

function parseSubmission(text: string): PresentationSubmission {
  let value: unknown
  try {
    value = parseGuardedJson(text)
  } catch (cause) {
    throw new NodeError('presentation.submission', { cause, notes: ['presentation_submission is not JSON'] })
  }
  const parsed = presentationSubmissionSchema.safeParse(value)
  if (!parsed.success)
    throw new NodeError('presentation.submission', { notes: ['presentation_submission is not a submission'] })
  return parsed.data
}
