using Mesh.Messaging.Connections;
using StackExchange.Redis;

namespace Mesh.Tests.Support;

/// <summary>A Redis of one test class: Debian's redis-server, or the embedded Garnet of the local engine.</summary>
public abstract class RedisServer : IAsyncDisposable
{
    private ChildProcess? _process;

    public int Port { get; } = FreePort.Next();

    public virtual string ConnectionString => $"127.0.0.1:{Port}";

    public ChildProcess Process => _process ?? throw new InvalidOperationException("Redis has not been started.");

    /// <summary>Starts the server, or starts it again, and waits until it answers.</summary>
    public async Task Start()
    {
        if (_process is { HasExited: false }) return;
        if (_process is not null) await _process.DisposeAsync();
        _process = Launch();
        await Eventually.Succeeds(
            async () =>
            {
                if (_process.HasExited) Assert.Fail($"Redis ended:\n{_process.Output}");
                await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",connectRetry=0");
                await redis.GetDatabase().PingAsync();
            },
            TimeSpan.FromSeconds(60),
            "Redis answers");
    }

    /// <summary>
    /// Connects as hosts do, but with more patience: a machine that is slow for a second is not a Redis that is unavailable.
    /// </summary>
    public async Task<ConnectionMultiplexer> Connect()
    {
        var options = MeshRedis.Configure(ConnectionString);
        options.ConnectTimeout = options.AsyncTimeout = options.SyncTimeout = 30_000;
        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract ChildProcess Launch();
}

/// <summary>Debian's redis-server.</summary>
public sealed class RedisProgram : RedisServer
{
    protected override ChildProcess Launch() => ChildProcess.StartShared(
        Requires.Program("redis-server", "apt-get install redis-server"), null, "--port", $"{Port}", "--bind", "127.0.0.1", "--save", "",
        "--appendonly", "no");
}

/// <summary>The local engine's Garnet.</summary>
public sealed class GarnetProgram : RedisServer
{
    /// <summary>Where the embedded one looks for its password.</summary>
    public const string PasswordVariable = "MESH_REDIS_PASSWORD";
    private readonly string _password = Guid.NewGuid().ToString("N");

    public override string ConnectionString => $"{base.ConnectionString},password={_password}";

    protected override ChildProcess Launch() => ChildProcess.StartShared(
        RepositoryRoot.ExecutableOf("local/Mesh.LocalRedis"), new Dictionary<string, string?> { [PasswordVariable] = _password }, "--port",
        $"{Port}");
}
