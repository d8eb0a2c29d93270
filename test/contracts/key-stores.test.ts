import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileKeyStore } from '../../node/identity/file-key-store.js'
import { Secret } from '../../node/kernel/secret.js'
import { openKeyStore, openVaultOutbound } from '../../node/resources.js'
import { configurationSchema, type ConfigurationInput } from '../../schemas/configuration.js'
import { startVaultDouble } from '../support/vault-double.js'
import { describeKeyStore, type KeyPlace } from './key-store.js'

describeKeyStore('files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-keys-'))
  return {
    open: () => openFileKeyStore({ directory, passphrase: Secret.of('correct horse battery') }),
    destroy: () => rm(directory, { recursive: true, force: true }),
  }
})

type KeySettings = NonNullable<ConfigurationInput['keys']>

/** A Vault of its own, and a node that is set up for it. */
async function createVaultPlace(
  store: NonNullable<KeySettings['store']>,
  engine: Partial<NonNullable<KeySettings['vault']>>,
): Promise<KeyPlace> {
  const double = await startVaultDouble()
  const { address, tokenFile } = double
  const configuration = configurationSchema.parse({
    url: 'https://node.example.nl',
    keys: { store, vault: { address, tokenFile, ...engine } },
  })
  const outbound = openVaultOutbound(configuration, 'test')
  return {
    open: () => openKeyStore(configuration, outbound),
    async destroy() {
      outbound?.close()
      await double.end()
    },
  }
}

describeKeyStore('the transit engine of Vault', () => createVaultPlace('vault-transit', {}))
describeKeyStore('the KV engine of Vault, version 1', () => createVaultPlace('vault-kv', {}))
describeKeyStore('the KV engine of Vault, version 2', () => createVaultPlace('vault-kv', { mount: 'kv2', version: 2 }))
