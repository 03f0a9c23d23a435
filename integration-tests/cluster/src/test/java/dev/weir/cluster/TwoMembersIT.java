package dev.weir.cluster;

class TwoMembersIT extends ClusterContract {

  TwoMembersIT() {
    super(2);
  }
}
