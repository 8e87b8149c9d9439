using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Mesh.Contracts.Rest;
using Mesh.Tests.Support;

namespace Mesh.Tests.Registry;

/// <summary>A real Registry process on a free port, with SQLite in a folder of its own.</summary>
public sealed class SharedRegistry : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private ChildProcess? _process;
    private DocumentedAnswers? _documented;

    public HttpClient Http { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    public string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        Address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        _process = Start(_folder.Path, Address);
        await _process.Ready(new Uri(Address, "/health/ready").ToString(), TimeSpan.FromSeconds(60));
        Http = new HttpClient { BaseAddress = Address };
        _documented = new DocumentedAnswers((await Get("/openapi/v1.json")).Body);
    }

    /// <summary>A Registry process that is not waited for.</summary>
    public static ChildProcess Start(string folder, Uri address) => ChildProcess.Start("Mesh.Registry", new Dictionary<string, string?>
    {
        ["ASPNETCORE_URLS"] = address.ToString(), ["MESH_DATA_DIR"] = folder, ["ConnectionStrings__mesh"] = null,
        ["ConnectionStrings__redis"] = null,
        ["ConnectionStrings__kafka"] = null, ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null,
    });

    public async ValueTask DisposeAsync()
    {
        Http?.Dispose();
        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Sends JSON and gives status and answer.</summary>
    public async Task<(int Status, JsonElement Body, HttpResponseMessage Response)> Send(HttpMethod method, string path,
        string? json = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        _documented?.Check(method, path, (int)response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text), response);
    }

    public Task<(int Status, JsonElement Body, HttpResponseMessage Response)> Get(string path) => Send(HttpMethod.Get, path);

    public async Task<WriteAnswer> Register(string json)
    {
        var (status, body, _) = await Send(HttpMethod.Post, "/api/discovery/register", json);
        Assert.True(status == 200, body.ToString());
        return body.Deserialize(RestJson.Default.WriteAnswer)!;
    }

    public async Task<long> Head() => (await Get("/api/v1/status")).Body.GetProperty("head").GetInt64();

    /// <summary>Sends bytes as they are and gives the status line, for what no HTTP client would send.</summary>
    public async Task<string> Raw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Address.Host, Address.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }
}

/// <summary>One process for all tests that share it; each works in a namespace of its own.</summary>
[CollectionDefinition(Name)]
public sealed class RegistryCollection : ICollectionFixture<SharedRegistry>
{
    public const string Name = "one registry";
}
