package dev.weir.account;

class InMemoryAccountsTest extends AccountsContract {

  @Override
  AccountStore emptyStore() {
    return new InMemoryAccountStore();
  }
}
