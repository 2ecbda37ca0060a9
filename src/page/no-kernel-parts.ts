/**
 * Takes the place, in the page, of what reads and writes parts of the kernel that its module does not have: the operating system,
 * hierarchies of TLBs, policies of one's own, sieves, and encoders. Nothing that the page does comes here.
 */
export const NO_POLICIES = {};

class Missing {
  constructor() {
    throw new TypeError("the page's kernel does not have this");
  }
}

export const OwnPolicyLinks = { of: async () => null };

export {
  Missing as KernelEncoder,
  Missing as OsReplay,
  Missing as PagesBlockEncoder,
  Missing as PwtUnitEncoder,
  Missing as Sieves,
};
