import { NodeError } from '../kernel/errors.js'
import type { Credential } from '../credentials/credential.js'
import type { PresentationDefinition } from '../credentials/exchange/definition.js'
import { jws2020Type } from '../credentials/proofs/json-web-signature.js'
import type { AuthorizationServerMetadata } from '../../schemas/wire/oauth.js'

/** Whether credentials are presented in a JWT or in an object with a proof inside. */
export type PresentationForm = 'jwt_vp' | 'ldp_vp'

/** What this node makes: JWTs by its P-256 keys, and proofs of this one type. */
const ownAlgorithm = 'ES256'
const ownForms = `JWT presentations signed with ${ownAlgorithm}, or linked-data presentations with ${jws2020Type}`

/**
 * The form that both the other node and its definition accept; a JWT where both forms will do. A definition that names
 * no form of presentations leaves the choice open.
 * @throws `token.peer_unsupported` when there is none
 * @see nuts-node v6: the names `jwt_vp` and `jwt_vp_json` mean the same
 */
export function chooseForm(metadata: AuthorizationServerMetadata, { data }: PresentationDefinition): PresentationForm {
  const asked = data.format ?? {}
  const jwt = asked['jwt_vp'] ?? asked['jwt_vp_json']
  const object = asked['ldp_vp']
  const isOpen = jwt === undefined && object === undefined
  const byDefinition = acceptedForms({
    algorithms: jwt && (jwt.alg ?? 'any'),
    types: object && (object.proof_type ?? 'any'),
  })
  const form = formsOfServer(metadata).find((candidate) => isOpen || byDefinition.includes(candidate))
  if (form !== undefined) return form
  throw new NodeError('token.peer_unsupported', {
    notes: [`the definition of the other node, or that node itself, does not accept ${ownForms}`],
  })
}

/** The forms that another node accepts, in the order of preference. */
export function formsOfServer({
  vp_formats_supported: formats,
}: AuthorizationServerMetadata): readonly PresentationForm[] {
  const jwt = formats['jwt_vp_json'] ?? formats['jwt_vp']
  const object = formats['ldp_vp']
  return acceptedForms({
    algorithms: jwt && (jwt.alg_values_supported ?? 'any'),
    types: object && (object.proof_type_values_supported ?? 'any'),
  })
}

type Names = readonly string[] | 'any' | undefined

function acceptedForms({ algorithms, types }: { algorithms: Names; types: Names }): readonly PresentationForm[] {
  const has = (names: Names, name: string): boolean => names === 'any' || names?.includes(name) === true
  return [
    ...(has(algorithms, ownAlgorithm) ? (['jwt_vp'] as const) : []),
    ...(has(types, jws2020Type) ? (['ldp_vp'] as const) : []),
  ]
}

/** Whether a credential can stand in a presentation of this form: linked data has no words for a JWT. */
export function fitsForm({ jwt }: Credential, form: PresentationForm): boolean {
  return form === 'jwt_vp' || jwt === undefined
}
