/** What a user's own policy has: functions that the host gives the module. `page` is a number of a 4 KiB page, below 2^52. */

export declare function policyTouch(array: i32, set: i32, way: i32): void;

export declare function policyFill(array: i32, set: i32, way: i32, page: f64): void;

export declare function policyVictim(array: i32, set: i32): i32;

export declare function policyInvalidate(array: i32, set: i32, way: i32): void;
