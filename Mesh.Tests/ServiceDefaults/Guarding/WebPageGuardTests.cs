using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Mesh.Tests.ServiceDefaults.Guarding;

/// <summary>What a host with the mesh's defaults answers to web pages.</summary>
public class WebPageGuardTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_name_that_was_led_here_is_answered_by_the_setting_that_would_allow_it(string version)
    {
        await using var host = await Start();
        using var response = await Send(host, HttpMethod.Get, "evil.example", version: version);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.Equal("host-not-allowed", problem.GetProperty("reason").GetString());
        Assert.Contains("Mesh__AllowedHosts=evil.example", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("POST", "https://evil.example")]
    [InlineData("POST", "null")]
    [InlineData("GET", "https://evil.example")]
    [InlineData("OPTIONS", "https://evil.example")]
    public async Task A_page_of_another_origin_is_refused_whatever_it_sends_and_gets_no_leave_to_read(string method, string origin)
    {
        var written = 0;
        await using var host = await TestHost.Start(endpoints: app => app.MapPost("/write", () => Interlocked.Increment(ref written)));
        using var response = await Send(host, new HttpMethod(method), null, origin, "/write");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains($"Mesh__AllowedOrigins={origin}",
            (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString());
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(0, written);
    }

    [Fact]
    public async Task A_grpc_call_under_a_foreign_name_is_refused_in_its_own_words()
    {
        await using var host = await Start();
        using var response = await Send(host, HttpMethod.Post, "evil.example", path: "/x.Y/Z", contentType: "application/grpc",
            version: "2.0");
        Assert.Equal("7", Assert.Single(response.Headers.GetValues("grpc-status")));
        Assert.Contains("Mesh__AllowedHosts", Uri.UnescapeDataString(Assert.Single(response.Headers.GetValues("grpc-message"))));
    }

    [Fact]
    public async Task Its_own_pages_and_whoever_is_no_browser_are_served()
    {
        await using var host = await Start();
        using var own = await Send(host, HttpMethod.Post, null, host.Address.GetLeftPart(UriPartial.Authority), "/write");
        using var plain = await Send(host, HttpMethod.Post, "localhost", path: "/write");
        using var allowed = await Send(host, HttpMethod.Post, "registry.example.com", "https://console.example.com", "/write");
        Assert.All([own, plain, allowed], response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    private static Task<TestHost> Start() => TestHost.Start(
        null, app => app.MapPost("/write", () => "written"), "--Mesh:AllowedHosts=registry.example.com",
        "--Mesh:AllowedOrigins=https://console.example.com");

    private static async Task<HttpResponseMessage> Send(
        TestHost host, HttpMethod method, string? name, string? origin = null, string path = "/version", string contentType = "text/plain",
        string version = "1.1")
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = host.Address };
        using var request = new HttpRequestMessage(method, path)
        {
            Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Headers = { Host = name },
            Content = method == HttpMethod.Post ? new StringContent("x") : null,
        };
        if (request.Content is { } content) content.Headers.ContentType = new(contentType);
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
        var response = await client.SendAsync(request, Token);
        await response.Content.LoadIntoBufferAsync(Token);
        return response;
    }
}
