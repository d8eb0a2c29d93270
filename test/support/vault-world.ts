import type { KeyStore } from '../../node/identity/key-store.js'
import type { Outbound } from '../../node/kernel/outbound.js'
import { openKeyStore, openVaultOutbound } from '../../node/resources.js'
import { configurationSchema, type Configuration, type ConfigurationInput } from '../../schemas/configuration.js'
import { startVaultDouble, type VaultDouble } from './vault-double.js'

export type VaultEngine = Partial<NonNullable<NonNullable<ConfigurationInput['keys']>['vault']>>

/** A Vault of its own, and nodes that are set up for it. */
export interface VaultWorld {
  readonly double: VaultDouble
  configure(store: 'vault-transit' | 'vault-kv', settings?: VaultEngine): Configuration
  /** The key store of one more node: in the transit engine unless given. */
  open(store?: 'vault-transit' | 'vault-kv', settings?: VaultEngine): Promise<KeyStore>
  end(): Promise<void>
}

export async function createVaultWorld(): Promise<VaultWorld> {
  const double = await startVaultDouble()
  const outbounds: (Outbound | undefined)[] = []
  const configure: VaultWorld['configure'] = (store, settings = {}) => {
    const { address, tokenFile } = double
    return configurationSchema.parse({
      url: 'https://node.example.nl',
      keys: { store, vault: { address, tokenFile, ...settings } },
    })
  }
  return {
    double,
    configure,
    async open(store = 'vault-transit', settings) {
      const configuration = configure(store, settings)
      const outbound = openVaultOutbound(configuration, 'test')
      outbounds.push(outbound)
      return openKeyStore(configuration, outbound)
    },
    async end() {
      for (const outbound of outbounds.splice(0)) outbound?.close()
      await double.end()
    },
  }
}
