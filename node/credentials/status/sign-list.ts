import type { Parties } from '../../identity/parties.js'
import { signingKey } from '../../identity/party.js'
import { signJwt } from '../jwt.js'
import type { SignList } from './host-list.js'

/** Signs lists as JWTs: of data model 1.1 for StatusList2021, of 2.0 for BitstringStatusList. */
export function createSignList({ parties }: { readonly parties: Pick<Parties, 'sign'> }): SignList {
  return (party, list, credential) => {
    const sign = (input: string): Promise<Buffer> => parties.sign(party, input)
    const { keyId: kid, algorithm: alg } = signingKey(party)
    if (list === 'BitstringStatusList') {
      return signJwt({ header: { alg, typ: 'vc+jwt', kid }, claims: credential, sign })
    }
    const { id, issuer, issuanceDate, expirationDate, ...vc } = credential
    const seconds = (date: unknown): number => Date.parse(String(date)) / 1000
    const claims = { iss: issuer, sub: id, jti: id, nbf: seconds(issuanceDate), exp: seconds(expirationDate), vc }
    return signJwt({ header: { alg, typ: 'JWT', kid }, claims, sign })
  }
}
