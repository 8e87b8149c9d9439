using System.Text.Json;
using Mesh.Api.Rest;
using Mesh.Contracts.Security;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.Values;
using Mesh.Security;
using Mesh.Security.Operations;
using Mesh.Storage.Postgres;
using Mesh.Storage.Sqlite;
using Mesh.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Tests.Security.Support;

/// <summary>Rules that hold on every store: a mesh on a database of its own, at a time of its own.</summary>
/// <param name="server">PostgreSQL; null for SQLite.</param>
public abstract class StoreContract(PostgresServer? server) : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    private protected TestMesh Mesh { get; private set; } = null!;

    protected string Folder => _folder.Path;

    /// <summary>Of the database on PostgreSQL.</summary>
    protected string Connection { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (server is not null) Connection = await server.NewDatabase();
        Mesh = await Open();
    }

    public async ValueTask DisposeAsync()
    {
        if (Mesh is not null) await Mesh.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A store on the database of this test.</summary>
    protected ILogStore Log() =>
        server is null ? new SqliteLogStore(Path.Combine(Folder, "mesh.db")) : new PostgresLogStore(Connection);

    /// <summary>Another Registry on it.</summary>
    private protected async Task<TestMesh> Open(SecurityOptions? options = null, TimeProvider? time = null, ILoggerFactory? logs = null) =>
        await TestMesh.Open(Log(), options ?? new SecurityOptions(), time ?? Time, logs);

    private protected static string? Code((object? Certificate, Refusal? Refusal) answer) => answer.Refusal?.Problems.Single().Code;

    private protected static string? Code<T>(Answered<T> answer) where T : class => answer.Refusal?.Problems.Single().Code;

    private protected Task<Answered<SecurityChangeAnswer>> Deny(string? serial = null, string? service = null)
    {
        var (fields, faults) = Fields(serial is null ? $$"""{"service":"{{service}}"}""" : $$"""{"serial":"{{serial}}"}""");
        return Mesh.Credentials.AddRevocationAsync(fields, "test", faults, Token);
    }

    private protected Task<Answered<AuthorityChangeAnswer>> Rotate(bool root = false, bool atOnce = false)
    {
        var (fields, faults) = Fields(JsonSerializer.Serialize(new { root, atOnce }));
        return Mesh.Changes.RotateAsync(fields, new CommandCaller(), faults, Token);
    }

    private protected Task<Answered<AuthorityChangeAnswer>> Import((string Certificates, string Key) from, bool atOnce = false)
    {
        var (fields, faults) = Fields(JsonSerializer.Serialize(new { certificates = from.Certificates, key = from.Key, atOnce }));
        return Mesh.Changes.ImportAsync(fields, new CommandCaller(), faults, Token);
    }

    private static (JsonFields Fields, Faults Faults) Fields(string json)
    {
        var faults = new Faults();
        return (JsonFields.Of(JsonElement.Parse(json), "", faults)!, faults);
    }
}
