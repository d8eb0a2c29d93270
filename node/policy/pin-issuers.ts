import { isCertificateAuthority, type Trust } from '../credentials/trust.js'
import { credentialTypeNames, getCredentialType } from '../credentials/types/table.js'
import { NodeError } from '../kernel/errors.js'
import type { PackData } from '../../schemas/pack.js'
import type { PresentationDefinitionData } from '../../schemas/presentation-exchange.js'

type DescriptorData = PresentationDefinitionData['input_descriptors'][number]
type FilterData = NonNullable<DescriptorData['constraints']['fields'][number]['filter']>

/** A pattern that names certificates by the CA above them, and nothing else; SHA-1 names nothing. */
const authorityPattern = /^\^did:x509:0:sha(?:256|384|512):[A-Za-z0-9_-]{43,86}::/

/**
 * True when a descriptor says whose word counts: one field that looks at the issuer alone, and one way of naming who may
 * be it, because two could be read as either or both. What a holder says about itself has no other issuer.
 */
export function pinsIssuers(descriptor: DescriptorData): boolean {
  return descriptor.constraints.fields.some(({ path, filter, optional }) => {
    if (path.length !== 1 || optional === true || filter === undefined) return false
    if (path[0] === '$.type') return isHolderType(filter.const)
    const { issuersOf, issuer, const: only, enum: some, pattern } = filter
    const ways = [issuersOf, issuer, only, some, pattern].filter((way) => way !== undefined)
    return path[0] === '$.issuer' && ways.length === 1 && (pattern === undefined || authorityPattern.test(pattern))
  })
}

function isHolderType(type: string | undefined): boolean {
  return type !== undefined && credentialTypeNames.includes(type) && getCredentialType(type).trust === 'holder'
}

/** Types whose issuers a descriptor asks for and that do not exist. */
export function unknownTypes(descriptor: DescriptorData): readonly string[] {
  return descriptor.constraints.fields.flatMap(({ filter }) => {
    const type = filter?.issuersOf
    return type === undefined || credentialTypeNames.includes(type) ? [] : [type]
  })
}

/**
 * The definition as it is served: with the issuers that the operator trusts, and of those only the ones that the pack
 * names, where it names any. A pack can narrow trust and never widen it.
 * @throws `policy.pack_invalid` when certificate authorities and other issuers stand together: one filter cannot say both
 */
export function fillIssuers(
  definition: PresentationDefinitionData,
  options: { readonly bronhouder: string; readonly trust: Trust; readonly own: PackData['trust'] },
): PresentationDefinitionData {
  const fillFilter = ({ issuersOf, issuer, ...rest }: FilterData): FilterData => {
    if (issuersOf !== undefined) return { ...rest, ...issuersFilter(issuersIn(issuersOf, options), issuersOf) }
    return issuer === undefined ? rest : { ...rest, const: options.bronhouder }
  }
  return {
    ...definition,
    input_descriptors: definition.input_descriptors.map((descriptor) => ({
      ...descriptor,
      constraints: {
        ...descriptor.constraints,
        fields: descriptor.constraints.fields.map(({ filter, ...field }) => ({
          ...field,
          ...(filter === undefined ? {} : { filter: fillFilter(filter) }),
        })),
      },
    })),
  }
}

function issuersIn(
  type: string,
  { trust, own }: { readonly trust: Trust; readonly own: PackData['trust'] },
): readonly string[] {
  const named = Object.hasOwn(own, type) ? own[type]?.map(({ issuer }) => issuer) : undefined
  return trust.issuersOf(type).filter((issuer) => named === undefined || named.includes(issuer))
}

function issuersFilter(issuers: readonly string[], type: string): Partial<FilterData> {
  const authorities = issuers.filter(isCertificateAuthority)
  if (authorities.length === 0) return { enum: [...issuers] }
  if (authorities.length === issuers.length) return { pattern: `^(?:${authorities.join('|')})::.*$` }
  throw new NodeError('policy.pack_invalid', {
    notes: [`trust.${type} names certificate authorities and other issuers together`],
  })
}
