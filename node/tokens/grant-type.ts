import type { z } from 'zod'
import { NodeError } from '../kernel/errors.js'
import type { CredentialProfile } from '../policy/pack.js'
import type { PresentationSubmission } from '../../schemas/presentation-exchange.js'
import type { Presented, ReadPresented } from './read-presented.js'

/** A way of asking for a token with presentations: what its parameters are, and what each of them must show. */
export interface GrantType {
  /** The `grant_type` of the request. */
  readonly name: string
  /** @throws `token.bad_request` for a parameter that is missing, unknown or not acceptable */
  parse(parameters: Readonly<Record<string, string>>): AskedToken
}

/** A token request whose parameters were read. */
export interface AskedToken {
  readonly scope: string
  /**
   * Takes apart what was shown, with every check that needs neither keys nor store.
   * @throws `token.*`, `presentation.*`, `credential.*`
   */
  show(profile: CredentialProfile, readPresented: ReadPresented): ShownForToken
}

/** What was shown for a token: it answers every definition of the profile. */
export interface ShownForToken {
  readonly clientId: string
  readonly organization: Presented
  /** Who asks for the organization, where that is another. */
  readonly serviceProvider?: Presented
  readonly submission?: PresentationSubmission
}

/** Parameters by the schema of their grant. @throws `token.bad_request` with a note per fault, without values */
export function parseParameters<T>(schema: z.ZodType<T>, parameters: Readonly<Record<string, string>>): T {
  const parsed = schema.safeParse(parameters)
  if (parsed.success) return parsed.data
  throw new NodeError('token.bad_request', {
    notes: parsed.error.issues.slice(0, 10).map((issue) => {
      return issue.code === 'unrecognized_keys'
        ? `unknown parameter: ${issue.keys.slice(0, 5).join(', ').slice(0, 100)}`
        : `missing, empty or not acceptable: ${issue.path.join('.')}`
    }),
  })
}
