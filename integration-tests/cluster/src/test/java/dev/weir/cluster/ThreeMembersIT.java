package dev.weir.cluster;

class ThreeMembersIT extends ClusterContract {

  ThreeMembersIT() {
    super(3);
  }
}
