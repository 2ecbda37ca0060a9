/**
 * Outputs of `perf stat`. Those of `true` and `sleep` were printed by perf 6.1 on a machine without a PMU. Those of TLB events have
 * the same form, by perf-stat(1), and made-up counts.
 */

export const FOR_PEOPLE = `
 Performance counter stats for 'true':

   <not supported>      instructions:u
   <not supported>      dTLB-load-misses
                49      minor-faults                     #   73.205 K/sec
              0.67 msec task-clock                       #    0.491 CPUs utilized

       0.001364545 seconds time elapsed

       0.001352000 seconds user
       0.000000000 seconds sys


`;

export const CSV = `<not supported>,,instructions:u,0,100.00,,
<not supported>,,dTLB-load-misses,0,100.00,,
48,,minor-faults,527545,100.00,90.987,K/sec
0.53,msec,task-clock,527545,100.00,301.627,CPUs utilized
`;

export const JSON_LINES = `{"counter-value" : "<not supported>", "unit" : "", "event" : "instructions:u", "event-runtime" : 0, "pcnt-running" : 100.00, "metric-value" : 0.000000, "metric-unit" : ""}
{"counter-value" : "<not supported>", "unit" : "", "event" : "dTLB-load-misses", "event-runtime" : 0, "pcnt-running" : 100.00, "metric-value" : 0.000000, "metric-unit" : ""}
{"counter-value" : "50.000000", "unit" : "", "event" : "minor-faults", "event-runtime" : 531154, "pcnt-running" : 100.00, "metric-value" : 94.134658, "metric-unit" : "K/sec"}
{"counter-value" : "0.531154", "unit" : "msec", "event" : "task-clock", "event-runtime" : 531154, "pcnt-running" : 100.00, "metric-value" : 208.541029, "metric-unit" : "CPUs utilized"}
`;

/** `-I 100`, of sleep 0.25. */
export const INTERVALS_CSV = `     0.101866436,<not supported>,,dTLB-load-misses,0,100.00,,
     0.101866436,75,,minor-faults,728133,100.00,103.003,K/sec
     0.101866436,0.73,msec,task-clock,728133,100.00,0.007,CPUs utilized
     0.202126076,<not supported>,,dTLB-load-misses,0,100.00,,
     0.202126076,<not counted>,,minor-faults,0,100.00,,
     0.202126076,<not counted>,msec,task-clock,0,100.00,,
     0.251300894,<not supported>,,dTLB-load-misses,0,100.00,,
     0.251300894,3,,minor-faults,64676,100.00,0.000,/sec
     0.251300894,0.06,msec,task-clock,64676,100.00,0.001,CPUs utilized
`;

export const INTERVALS = `#           time             counts unit events
     0.126994753    <not supported>      dTLB-load-misses
     0.126994753                 76      minor-faults                     #   95.790 K/sec
     0.126994753               0.79 msec task-clock                       #    0.008 CPUs utilized
     0.227244431    <not supported>      dTLB-load-misses
     0.227244431      <not counted>      minor-faults
     0.227244431      <not counted> msec task-clock
     0.257430001    <not supported>      dTLB-load-misses
     0.257430001                  2      minor-faults                     #    0.000 /sec
     0.257430001               0.06 msec task-clock                       #    0.001 CPUs utilized
`;

/** `-r 3`. */
export const REPEATED = `
 Performance counter stats for 'true' (3 runs):

                49      minor-faults                     #   84.915 K/sec                    ( +-  0.68% )
              0.57 msec task-clock                       #    0.183 CPUs utilized            ( +-  2.28% )

           0.00314 +- 0.00124 seconds time elapsed  ( +- 39.37% )

`;

/** `-x\\; -r 3`. */
export const REPEATED_CSV = `49;;minor-faults;0.00%;526486;100.00;83.263;K/sec
0.53;msec;task-clock;6.13%;526486;100.00;0.185;CPUs utilized
`;

/** `-A -a`. */
export const BY_CPU_CSV = `CPU0,2,,minor-faults,1853912,100.00,0.000,/sec
CPU1,68,,minor-faults,1960533,100.00,34.676,K/sec
CPU0,1.85,msec,task-clock,1852801,100.00,0.768,CPUs utilized
`;

/** A Skylake whose events took turns; the program wrote in between. */
export const SKYLAKE = `counting 24 words of 3 letters
 Performance counter stats for './matmul 24':

         2,389,210      instructions:u            #    0.98  insn per cycle
               110      dtlb_load_misses.stlb_hit:u                                     (75.00%)
             1,500      dtlb_load_misses.walk_completed:u                               (75.00%)
                12      DTLB_STORE_MISSES.STLB_HIT:u                                    (75.01%)
                44      dtlb_store_misses.walk_completed:u                              (74.99%)
                70      itlb_misses.walk_completed:u
     <not counted>      itlb_misses.stlb_hit:u                                          (0.00%)
   <not supported>      LLC-loads
             1,234      cpu/event=0x08,umask=0x10/u

       0.001364545 seconds time elapsed
`;
