using Mesh.Contracts.Discovery;
using Mesh.Discovery.Probing.Probes;

namespace Mesh.Tests.Worker.Probing;

public class CheckProgressTests
{
    private static InstanceStatus Status(HealthState probe, bool reported) =>
        new() { InstanceId = "a", Health = probe, Probe = probe, Reported = reported, Since = default };

    /// <summary>p pass, w warn, f fail; the verdicts after each, as P, W and C.</summary>
    private static string Run(InstanceStatus from, string probes, int rise = 2, int fall = 3)
    {
        var progress = CheckProgress.From(from);
        return string.Concat(probes.Select(probe =>
        {
            progress = progress.After(
                probe switch { 'p' => ProbeResult.Pass, 'w' => ProbeResult.Warn("HTTP 429"), _ => ProbeResult.Fail("no") }, rise, fall);
            return progress.Verdict switch { HealthState.Passing => 'P', HealthState.Warning => 'W', _ => 'C' };
        }));
    }

    [Fact]
    public void The_first_probe_of_a_newcomer_decides_by_itself()
    {
        Assert.Equal("P", Run(Status(HealthState.Critical, reported: false), "p"));
        Assert.Equal("W", Run(Status(HealthState.Critical, reported: false), "w"));
        Assert.Equal("C", Run(Status(HealthState.Critical, reported: false), "f"));
    }

    [Fact]
    public void Fall_failures_in_a_row_make_critical_and_fewer_make_a_warning()
    {
        Assert.Equal("WWCCC", Run(Status(HealthState.Passing, reported: true), "fffff"));
        Assert.Equal("WWWPWWWP", Run(Status(HealthState.Passing, reported: true), "ffppffpp"));
        Assert.Equal("C", Run(Status(HealthState.Passing, reported: true), "f", fall: 1));
    }

    [Fact]
    public void Rise_passes_in_a_row_make_passing()
    {
        Assert.Equal("CP", Run(Status(HealthState.Critical, reported: true), "pp"));
        Assert.Equal("CCCP", Run(Status(HealthState.Critical, reported: true), "pfpp"));
        Assert.Equal("P", Run(Status(HealthState.Critical, reported: true), "p", rise: 1));
        Assert.Equal("CW", Run(Status(HealthState.Critical, reported: true), "ww"));
    }

    [Fact]
    public void A_worker_that_takes_over_goes_on_from_what_the_log_says()
    {
        Assert.Equal("PPP", Run(Status(HealthState.Passing, reported: true), "ppp"));
        Assert.Equal("CCC", Run(Status(HealthState.Critical, reported: true), "fff"));
    }

    [Fact]
    public void Too_many_requests_warn_but_never_take_an_instance_out()
    {
        Assert.Equal("WWWWW", Run(Status(HealthState.Passing, reported: true), "wwwww"));
        Assert.Equal("WWP", Run(Status(HealthState.Passing, reported: true), "wwp"));
    }
}
