using Mesh.ControlPlane.Loads;
using Mesh.ControlPlane.Settings;
using Mesh.Kernel.Loads;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.ControlPlane;

public class LoadBufferTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LoadBuffer _buffer;

    public LoadBufferTests() => _buffer = new(_time, Options.Create(new ControlPlaneOptions { KeepLoadsFor = TimeSpan.FromMinutes(1) }));

    [Fact]
    public void Results_of_a_cluster_add_up_while_they_wait_and_are_dropped_when_the_first_is_too_old()
    {
        _buffer.Add([new("old", new() { Succeeded = 5, Failed = 1 })]);
        _time.Advance(TimeSpan.FromSeconds(40));
        _buffer.Add([new("new", new() { Succeeded = 7 }), new("old", new() { Succeeded = 2 })]);
        var batch = _buffer.Take(10);
        Assert.Equal(0, _buffer.PutBack(batch));
        _buffer.Add([new("new", new() { Failed = 1 })]);

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(8, _buffer.PutBack([]));
        var left = Assert.Single(_buffer.Take(10));
        Assert.Equal(("new", new LoadWindow { Succeeded = 7, Failed = 1 }), (left.Cluster, left.Load));
        Assert.Empty(_buffer.Take(10));
    }
}
