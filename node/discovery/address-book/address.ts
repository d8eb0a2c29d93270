import type { AddressEnvironment } from '../../../schemas/wire/address-book.js'

/** What an address is for, by the code of the list. */
export const systeemrolcodes = ['REGISTER', 'MELDING', 'NOTIFICATIE_INDICATIE', 'NOTIFICATIE_BEMIDDELING'] as const
export type Systeemrolcode = (typeof systeemrolcodes)[number]

/**
 * An address of the iWlz address book: where one function of an organisation is reached in the afsprakenstelsel. On the
 * word of who imported the list: nobody signed it.
 */
export interface Address {
  /** `ciz`, `agb:` or `uzovi:` and the number. */
  readonly organization: string
  readonly code: Systeemrolcode
  readonly environment: AddressEnvironment
  /** Where requests go: the gateway that checks the token. */
  readonly gateway: string
  readonly tokenEndpoint: string
  /** The resource behind the gateway, which a token is asked for. */
  readonly audience: string
  readonly description: string
  readonly name: string
}

/** `REGISTER`, `MELDING` or `NOTIFICATIE`: the middle of a gegevensdienstId. */
export function functionaliteitOf(code: Systeemrolcode): 'REGISTER' | 'MELDING' | 'NOTIFICATIE' {
  return code === 'REGISTER' || code === 'MELDING' ? code : 'NOTIFICATIE'
}

/** What one address is known by: no two of a list have the same. */
export function addressKey({
  environment,
  organization,
  code,
}: Pick<Address, 'environment' | 'organization' | 'code'>) {
  return [environment, organization, code] as const
}
