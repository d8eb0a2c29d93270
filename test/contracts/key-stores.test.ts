import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileKeyStore } from '../../node/identity/file-key-store.js'
import { Secret } from '../../node/kernel/secret.js'
import { createVaultWorld, type VaultWorld } from '../support/vault-world.js'
import { describeKeyStore, type KeyPlace } from './key-store.js'

describeKeyStore('files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-keys-'))
  return {
    open: () => openFileKeyStore({ directory, passphrase: Secret.of('correct horse battery') }),
    destroy: () => rm(directory, { recursive: true, force: true }),
  }
})

async function createVaultPlace(...engine: Parameters<VaultWorld['open']>): Promise<KeyPlace> {
  const world = await createVaultWorld()
  return { open: () => world.open(...engine), destroy: () => world.end() }
}

describeKeyStore('the transit engine of Vault', () => createVaultPlace('vault-transit'))
describeKeyStore('the KV engine of Vault, version 1', () => createVaultPlace('vault-kv'))
describeKeyStore('the KV engine of Vault, version 2', () => createVaultPlace('vault-kv', { mount: 'kv2', version: 2 }))
