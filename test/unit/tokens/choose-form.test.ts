import { expect, test } from '@jest/globals'
import { compileDefinition } from '../../../node/credentials/exchange/definition.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { chooseForm } from '../../../node/tokens/choose-form.js'
import { authorizationServerMetadataSchema } from '../../../schemas/wire/oauth.js'

const both = { jwt_vp_json: { alg_values_supported: ['ES256'] }, ldp_vp: {} }
const jws = ['JsonWebSignature2020']

function choose(formats: object, format?: object): string {
  const metadata = authorizationServerMetadataSchema.parse({
    issuer: 'https://node.example/oauth2/ciz',
    token_endpoint: 'https://node.example/oauth2/ciz/token',
    presentation_definition_endpoint: 'https://node.example/oauth2/ciz/presentation_definition',
    vp_formats_supported: formats,
  })
  const definition = compileDefinition({
    id: 'd',
    format,
    input_descriptors: [{ id: 'a', constraints: { fields: [] } }],
  })
  try {
    return chooseForm(metadata, definition)
  } catch (error) {
    return NodeError.codeOf(error)
  }
}

test.each<[string, object, object | undefined, string]>([
  ['a JWT where both will do', both, undefined, 'jwt_vp'],
  ['a JWT where both are named', both, { ldp_vp: { proof_type: jws }, jwt_vp: { alg: ['ES256'] } }, 'jwt_vp'],
  ['a JWT under its other name', both, { jwt_vp_json: {} }, 'jwt_vp'],
  ['what the definition accepts', both, { ldp_vp: { proof_type: jws } }, 'ldp_vp'],
  ['what the server accepts', { ldp_vp: { proof_type_values_supported: jws } }, undefined, 'ldp_vp'],
  ['what is left when the algorithm is another', both, { jwt_vp: { alg: ['EdDSA'] }, ldp_vp: {} }, 'ldp_vp'],
  ['any, when only credentials are named', both, { jwt_vc: { alg: ['ES256'] } }, 'jwt_vp'],
  ['none when they have nothing in common', { jwt_vp: {} }, { ldp_vp: { proof_type: jws } }, 'token.peer_unsupported'],
  [
    'none for another type of proof',
    both,
    { ldp_vp: { proof_type: ['Ed25519Signature2018'] } },
    'token.peer_unsupported',
  ],
  ['none for another algorithm', both, { jwt_vp: { alg: ['PS256'] } }, 'token.peer_unsupported'],
])('nuts-5.4 the form of a presentation is %s', (_what, formats, format, form) => {
  expect(choose(formats, format)).toBe(form)
})
