using Mesh.Tests.Support;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Mesh.Tests.Support;

/// <summary>
/// A PostgreSQL cluster in a temporary folder, run by an unprivileged user. As assembly fixture it is started by the first test that
/// asks for a database and then serves the whole suite; a test that kills servers makes one of its own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Install = "apt-get install postgresql", User = "mesh", Password = "not-a-secret-of-anybody";
    private readonly TempFolder _folder = new();
    private readonly SemaphoreSlim _starting = new(1, 1);
    private ChildProcess? _process;
    private int _databases;

    public int Port { get; } = FreePort.Next();

    /// <summary>The server's process, once started.</summary>
    public ChildProcess Process => _process ?? throw new InvalidOperationException("PostgreSQL has not been asked for yet.");

    /// <summary>
    /// A connection string to an empty schema of its own; starts the server where needed, skips the test where it is not installed.
    /// </summary>
    public async Task<string> NewDatabase()
    {
        await Start();
        return ConnectionString($"mesh_{Interlocked.Increment(ref _databases)}");
    }

    public string ConnectionString(string schema, int? port = null) =>
        $"Host=127.0.0.1;Port={port ?? Port};Database=postgres;Username={User};Password={Password};Search Path={schema};Include Error "
            + "Detail=false";

    /// <summary>Starts the server, or starts it again after <see cref="Kill"/>, and waits until it answers.</summary>
    public async Task Start()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_process is { HasExited: false }) return;
            var data = _folder.File("data");
            if (!Directory.Exists(data)) await InitDb(data);
            if (_process is not null) await _process.DisposeAsync();
            _process = Launch("postgres", "-D", data, "-p", $"{Port}", "-k", "", "-c", "listen_addresses=127.0.0.1", "-c",
                "shared_buffers=64MB", "-c", "max_connections=200");
            await Eventually.Succeeds(
                async () =>
                {
                    if (_process.HasExited) Assert.Fail($"PostgreSQL ended:\n{_process.Output}");
                    await using var connection = new NpgsqlConnection(ConnectionString("public") + ";Pooling=false");
                    await connection.OpenAsync(TestContext.Current.CancellationToken);
                },
                TimeSpan.FromSeconds(60),
                "PostgreSQL answers");
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>SIGKILL of the postmaster; returns when its children have noticed and the port is free for a new start.</summary>
    public async Task Kill()
    {
        await Process.Kill();
        File.Delete(Path.Combine(_folder.File("data"), "postmaster.pid"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Signal(3);
            await Eventually.True(() => _process.HasExited, TimeSpan.FromSeconds(60), "PostgreSQL ends at once on SIGQUIT");
        }

        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
        _starting.Dispose();
    }

    private async Task InitDb(string data)
    {
        var password = _folder.File("password");
        await File.WriteAllTextAsync(password, Password);
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            await using var own = ChildProcess.StartShared("/bin/chown", null, "-R", "postgres", _folder.Path);
            await own.WaitForExit();
        }

        await using var init = Launch("initdb", "-D", data, "-U", User, "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8",
            "--locale=C", "--no-sync");
        await init.WaitForExit(TimeSpan.FromSeconds(120));
        Assert.True(init.ExitCode == 0, init.Output);
    }

    private static ChildProcess Launch(string name, params string[] arguments)
    {
        var program = Requires.Program(name, Install);
        return Environment.IsPrivilegedProcess
            ? ChildProcess.StartShared(Requires.Program("setpriv", "apt-get install util-linux"), null,
                ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
            : ChildProcess.StartShared(program, null, arguments);
    }
}
