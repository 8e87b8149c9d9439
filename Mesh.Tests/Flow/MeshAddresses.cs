using System.Net.Http.Json;
using System.Text.Json;

namespace Mesh.Tests.Flow;

/// <summary>Where the parts of a running mesh are, and what tests ask of them.</summary>
public abstract class MeshAddresses
{
    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(20) };

    public abstract string Registry { get; }

    public abstract string ControlPlane { get; }

    public abstract string Worker { get; }

    public abstract string Admin { get; }

    public abstract string Gateway { get; }

    public async Task<JsonElement> Register(object registration)
    {
        using var answer = await Http.PostAsJsonAsync($"{Registry}/api/discovery/register", registration, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> Get(string url) => await Http.GetFromJsonAsync<JsonElement>(url, TestContext.Current.CancellationToken);
}
